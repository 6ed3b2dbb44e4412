-- CreateTable
CREATE TABLE "VerticalParty" (
    "participantId" TEXT NOT NULL PRIMARY KEY,
    "federationId" TEXT NOT NULL,
    "role" TEXT NOT NULL,
    "signing" TEXT NOT NULL,
    "sealing" TEXT NOT NULL,
    "rows" INTEGER,
    "features" INTEGER,
    "registeredAt" DATETIME NOT NULL,
    CONSTRAINT "VerticalParty_federationId_fkey" FOREIGN KEY ("federationId") REFERENCES "Federation" ("id") ON DELETE RESTRICT ON UPDATE CASCADE,
    CONSTRAINT "VerticalParty_participantId_fkey" FOREIGN KEY ("participantId") REFERENCES "Participant" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "VerticalRun" (
    "id" TEXT NOT NULL PRIMARY KEY,
    "federationId" TEXT NOT NULL,
    "name" TEXT NOT NULL,
    "phase" TEXT NOT NULL,
    "state" TEXT NOT NULL,
    "version" INTEGER NOT NULL,
    "stream" TEXT NOT NULL,
    "headSeq" INTEGER NOT NULL,
    "createdAt" DATETIME NOT NULL,
    "startedAt" DATETIME,
    "endedAt" DATETIME,
    "createdBy" TEXT NOT NULL,
    CONSTRAINT "VerticalRun_federationId_fkey" FOREIGN KEY ("federationId") REFERENCES "Federation" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "VerticalEvent" (
    "runId" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "at" DATETIME NOT NULL,
    "event" TEXT NOT NULL,

    PRIMARY KEY ("runId", "seq"),
    CONSTRAINT "VerticalEvent_runId_fkey" FOREIGN KEY ("runId") REFERENCES "VerticalRun" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "VerticalMail" (
    "runId" TEXT NOT NULL,
    "receiver" TEXT NOT NULL,
    "cursor" INTEGER NOT NULL,
    "sender" TEXT NOT NULL,
    "seq" INTEGER NOT NULL,
    "kind" TEXT NOT NULL,
    "step" INTEGER NOT NULL,
    "sha256" TEXT NOT NULL,
    "prevHash" TEXT NOT NULL,
    "bytes" BIGINT NOT NULL,
    "at" DATETIME NOT NULL,
    "removed" BOOLEAN NOT NULL DEFAULT false,

    PRIMARY KEY ("runId", "receiver", "cursor"),
    CONSTRAINT "VerticalMail_runId_fkey" FOREIGN KEY ("runId") REFERENCES "VerticalRun" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "VerticalInbox" (
    "runId" TEXT NOT NULL,
    "receiver" TEXT NOT NULL,
    "held" INTEGER NOT NULL,

    PRIMARY KEY ("runId", "receiver"),
    CONSTRAINT "VerticalInbox_runId_fkey" FOREIGN KEY ("runId") REFERENCES "VerticalRun" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateTable
CREATE TABLE "VerticalOnce" (
    "runId" TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "digest" TEXT NOT NULL,
    "by" TEXT NOT NULL,
    "at" DATETIME NOT NULL,

    PRIMARY KEY ("runId", "key"),
    CONSTRAINT "VerticalOnce_runId_fkey" FOREIGN KEY ("runId") REFERENCES "VerticalRun" ("id") ON DELETE RESTRICT ON UPDATE CASCADE
);

-- CreateIndex
CREATE INDEX "VerticalParty_federationId_idx" ON "VerticalParty"("federationId");

-- CreateIndex
CREATE INDEX "VerticalRun_federationId_createdAt_idx" ON "VerticalRun"("federationId", "createdAt");

-- CreateIndex
CREATE INDEX "VerticalRun_phase_idx" ON "VerticalRun"("phase");

-- CreateIndex
CREATE INDEX "VerticalMail_sha256_idx" ON "VerticalMail"("sha256");

-- CreateIndex
CREATE UNIQUE INDEX "VerticalMail_runId_sender_receiver_seq_key" ON "VerticalMail"("runId", "sender", "receiver", "seq");

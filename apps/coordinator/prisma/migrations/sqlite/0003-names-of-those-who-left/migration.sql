-- DropIndex
DROP INDEX "Participant_federationId_name_key";

-- AlterTable
ALTER TABLE "Participant" ADD COLUMN "heldName" TEXT;

-- Who is in holds the name
UPDATE "Participant" SET "heldName" = "name" WHERE "leftAt" IS NULL;

-- CreateIndex
CREATE INDEX "Participant_federationId_name_idx" ON "Participant"("federationId", "name");

-- CreateIndex
CREATE UNIQUE INDEX "Participant_federationId_heldName_key" ON "Participant"("federationId", "heldName");

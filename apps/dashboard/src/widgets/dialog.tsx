import type { ReactNode } from 'react'
import { Dialog, Heading, I18nProvider, Modal, ModalOverlay } from 'react-aria-components'
import { useWords } from '../words/words.ts'
import styles from './dialog.module.css'

interface DialogProps {
  readonly title: string
  readonly isOpen: boolean
  readonly onClose: () => void
  readonly children: ReactNode
}

/** A question that must be answered or left; the focus goes back to where it came from. A sheet at the bottom of a phone. */
export function QuestionDialog({ title, isOpen, onClose, children }: DialogProps) {
  const { w, language } = useWords()
  return (
    <I18nProvider locale={language === 'zh' ? 'zh-CN' : 'en-GB'}>
      <ModalOverlay
        isOpen={isOpen}
        onOpenChange={(open) => {
          if (!open) onClose()
        }}
        isDismissable
        className={styles.overlay ?? ''}
      >
        <Modal className={styles.modal ?? ''}>
          <Dialog className={styles.dialog ?? ''}>
            <div className="row spread">
              <Heading slot="title">{title}</Heading>
              <button type="button" className="button" onClick={onClose}>
                {w('dialog.close')}
              </button>
            </div>
            {children}
          </Dialog>
        </Modal>
      </ModalOverlay>
    </I18nProvider>
  )
}

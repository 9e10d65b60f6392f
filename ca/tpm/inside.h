#ifndef TPM_INSIDE_H
#define TPM_INSIDE_H

/*
 * The TSS library writes a line on standard error for whatever it cannot read,
 * which is anybody's to send: not here.
 */
void tpm_quiet(void);

#endif

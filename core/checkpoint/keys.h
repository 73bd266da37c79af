/* SPDX-License-Identifier: MIT */
/* Keys of the metadata of a checkpoint. */
#ifndef OPTREG_CORE_CHECKPOINT_KEYS_H
#define OPTREG_CORE_CHECKPOINT_KEYS_H

#define OPTREG_KEY_FORMAT "format"
#define OPTREG_FORMAT "optreg checkpoint"
#define OPTREG_KEY_FORMAT_VERSION "format_version"
#define OPTREG_FORMAT_VERSION "1"

#define OPTREG_KEY_OPTIMIZER "optimizer"
#define OPTREG_KEY_PLUGIN_VERSION "plugin_version"
#define OPTREG_KEY_STATE_VERSION "state_version"
#define OPTREG_KEY_KINSHIP "state_kinship" /* see description.h */

/* the four above, followed by ":NAME": of an optimizer that only groups name */

/* followed by a name */
#define OPTREG_KEY_COUNTER "counter:"     /* a number */
#define OPTREG_KEY_OPTION "config:"       /* as one would write it in YAML */
#define OPTREG_KEY_PARAMETER "parameter:" /* "F32 [64, 32]" */
#define OPTREG_KEY_TRAINER "trained_by:"  /* where it is not the model's optimizer */

/* in the place of a parameter's name: what an optimizer has once; followed by ":NAME"
 * for one that only groups name */
#define OPTREG_WHOLE "optimizer"

/* names of tensors that no slot has */
#define OPTREG_ROLE_BLOB "blob"
#define OPTREG_ROLE_PARAM "param"
#define OPTREG_ROLE_ACCUMULATOR "gradient_accumulator"

#endif

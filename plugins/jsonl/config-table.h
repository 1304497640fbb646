/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * Numbers for the few configurations that the records of a journal name. From
 * any thread.
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _RectoConfigTable RectoConfigTable;

RectoConfigTable * recto_config_table_new    (void);

void               recto_config_table_free   (RectoConfigTable *self);

/* The number of a digest of `length` bytes, NULL being one, too. A new one is
 * added; -1 if there are too many. */
int                recto_config_table_intern (RectoConfigTable *self,
                                              const char       *digest,
                                              gsize             length);

/* From now on all digests have one number, 0. */
void               recto_config_table_merge  (RectoConfigTable *self);

/* -1 if no record has it. */
int                recto_config_table_find   (RectoConfigTable *self,
                                              const char       *digest);

guint              recto_config_table_get_size
                                             (RectoConfigTable *self);

/* The newest digest that is not `digest`, "" where a record has none, or NULL
 * if there is none. */
char *             recto_config_table_dup_other
                                             (RectoConfigTable *self,
                                              const char       *digest);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RectoConfigTable, recto_config_table_free)

G_END_DECLS

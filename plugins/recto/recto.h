/* Recto: documents to text with vision-language models
 *
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#define RECTO_INSIDE
#include <recto/recto-enums.h>
#include <recto/recto-document.h>
#include <recto/recto-inference.h>
#include <recto/recto-page.h>
#include <recto/recto-page-task.h>
#include <recto/recto-page-transform.h>
#include <recto/recto-query.h>
#include <recto/recto-region.h>
#include <recto/recto-renderer.h>
#include <recto/recto-result.h>
#include <recto/recto-sandbox.h>
#include <recto/recto-status.h>
#undef RECTO_INSIDE

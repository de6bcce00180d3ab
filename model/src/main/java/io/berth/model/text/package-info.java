/** Reading YAML and JSON strictly, with errors that name the file, the line and what is allowed. */
@NullMarked
package io.berth.model.text;

import org.jspecify.annotations.NullMarked;

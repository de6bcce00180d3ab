/** The S3 server of {@code s3-embedded}. */
@NullMarked
package io.berth.server.s3;

import org.jspecify.annotations.NullMarked;

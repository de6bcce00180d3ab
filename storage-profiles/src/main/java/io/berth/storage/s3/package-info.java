/** Object stores that speak S3, of this run's own or of somebody else. */
@NullMarked
package io.berth.storage.s3;

import org.jspecify.annotations.NullMarked;

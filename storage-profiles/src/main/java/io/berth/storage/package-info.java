/** Where the data lives: the contract of storage backends, and how profiles are found and checked. */
@NullMarked
package io.berth.storage;

import org.jspecify.annotations.NullMarked;

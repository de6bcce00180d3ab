package io.berth.storage;

import java.util.List;

/** How an application sees a storage. */
interface StorageClient {
    /** Writes a file, over what may be there. */
    void write(String uri, String text);

    /** Writes behind the end of a file. */
    void append(String uri, String text);

    String read(String uri);

    /** Whether there is anything at or below a URI. */
    boolean exists(String uri);

    /** Renames a file or a directory to a name that is free. */
    void rename(String from, String to);

    /** The files below a directory by their names relative to it, sorted. */
    List<String> list(String uri);
}

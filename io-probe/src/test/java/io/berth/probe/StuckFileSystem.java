package io.berth.probe;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.URI;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;

/** A file system that the probe doesn't know, and whose reads end only by an interrupt. */
public final class StuckFileSystem extends RawLocalFileSystem {
    /** Released by every read as it begins. */
    static final Semaphore READING = new Semaphore(0);

    @Override
    public URI getUri() {
        return URI.create("stuck:///");
    }

    @Override
    public String getScheme() {
        return "stuck";
    }

    @Override
    public FSDataInputStream open(Path path, int bufferSize) {
        return new FSDataInputStream(new Stream());
    }

    private static final class Stream extends FSInputStream {
        @Override
        public int read() throws IOException {
            return read(new byte[1], 0, 1);
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            READING.release();
            try {
                TimeUnit.MINUTES.sleep(10);
                return -1;
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw (IOException) new InterruptedIOException("interrupted").initCause(e);
            }
        }

        @Override
        public void seek(long position) {}

        @Override
        public long getPos() {
            return 0;
        }

        @Override
        public boolean seekToNewSource(long position) {
            return false;
        }
    }
}

package io.berth.storage.heketi;

import io.berth.storage.ForwardingStorage;
import io.berth.storage.Storage;

/** The volume as pods use it, and its removal from Heketi after that. */
final class HeketiStorage extends ForwardingStorage {
    private final Runnable removal;

    /**
     * A storage.
     *
     * @param volume  in Kubernetes
     * @param removal of what is behind it
     */
    HeketiStorage(Storage volume, Runnable removal) {
        super(volume);
        this.removal = removal;
    }

    @Override
    public void abandon() {
        try {
            super.abandon();
        } finally {
            removal.run();
        }
    }

    @Override
    public void close() {
        try {
            super.close();
        } finally {
            removal.run();
        }
    }
}

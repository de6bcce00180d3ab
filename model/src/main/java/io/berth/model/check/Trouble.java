package io.berth.model.check;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.net.http.HttpTimeoutException;
import java.nio.channels.UnresolvedAddressException;
import java.nio.file.FileSystemException;
import java.security.cert.CertPathBuilderException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import javax.net.ssl.SSLException;

/** What stands between a process and a storage. */
public enum Trouble {
    /** A host's name isn't known. */
    NAME,
    /** Nothing answers at an address. */
    ENDPOINT,
    /** No encrypted connection comes about. */
    TLS,
    /** Credentials aren't where they should be. */
    CREDENTIALS_MISSING,
    /** Credentials are there, and refused. */
    CREDENTIALS_REFUSED,
    /** The clocks of both sides are too far apart for what is signed with the time. */
    CLOCK,
    /** A directory isn't on the mount that it should be on. */
    MOUNT,
    /** A file can't be written, read or removed. */
    WRITE,
    /** None of the above. */
    OTHER;

    /** As far as an exception and its causes tell. */
    public static Trouble of(Throwable thrown) {
        List<Throwable> chain = new ArrayList<>();
        for (Throwable cause = thrown; cause != null && chain.size() < 20; cause = cause.getCause()) {
            chain.add(cause);
        }
        if (any(chain, it -> it instanceof UnknownHostException || it instanceof UnresolvedAddressException)) {
            return NAME;
        }
        if (any(chain, it -> it instanceof SSLException || it instanceof CertPathBuilderException)) {
            return TLS;
        }
        if (any(
                chain,
                it -> it instanceof ConnectException
                        || it instanceof NoRouteToHostException
                        || it instanceof SocketTimeoutException
                        || it instanceof HttpTimeoutException)) {
            return ENDPOINT;
        }
        return any(chain, it -> it instanceof FileSystemException || isRefusalOfHadoop(it)) ? WRITE : OTHER;
    }

    /** Hadoop is on the class path of applications only. */
    private static boolean isRefusalOfHadoop(Throwable thrown) {
        return thrown instanceof IOException
                && thrown.getClass().getSimpleName().equals("AccessControlException");
    }

    private static boolean any(List<Throwable> chain, Predicate<Throwable> predicate) {
        return chain.stream().anyMatch(predicate);
    }
}

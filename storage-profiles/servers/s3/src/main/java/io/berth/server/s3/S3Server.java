package io.berth.server.s3;

import java.io.PrintStream;
import java.net.URI;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStoreContext;

/**
 * Serves one bucket on the loopback interface from the memory of this process, until the process ends. When it serves, it
 * prints one line, {@code ready port=PORT}; everything else goes to standard error.
 */
public final class S3Server {
    /** Environment variable with the access key that clients must have. */
    static final String ACCESS_KEY = "BERTH_S3_ACCESS_KEY";

    /** Environment variable with their secret key. */
    static final String SECRET_KEY = "BERTH_S3_SECRET_KEY";

    private static final int USAGE = 2;

    private S3Server() {}

    /**
     * Starts the server.
     *
     * @param args the name of the bucket, and the port, where 0 is any free one
     */
    public static void main(String[] args) throws Exception {
        String accessKey = System.getenv(ACCESS_KEY);
        String secretKey = System.getenv(SECRET_KEY);
        if (args.length != 2 || accessKey == null || secretKey == null) {
            System.err.printf(
                    "usage: S3Server BUCKET PORT, with %s and %s in the environment%n", ACCESS_KEY, SECRET_KEY);
            System.exit(USAGE);
            return;
        }
        PrintStream ready = System.out;
        System.setOut(System.err);
        // Its file-system providers lose directories that Spark's streaming checkpoints have just made.
        BlobStoreContext blobs = ContextBuilder.newBuilder("transient")
                .credentials("unused", "unused")
                .build(BlobStoreContext.class);
        blobs.getBlobStore().createContainerInLocation(null, args[0]);
        S3Proxy server = S3Proxy.builder()
                .blobStore(blobs.getBlobStore())
                .endpoint(URI.create("http://127.0.0.1:" + Integer.parseInt(args[1])))
                .awsAuthentication(AuthenticationType.AWS_V4, accessKey, secretKey)
                .build();
        server.start();
        ready.printf("ready port=%d%n", server.getPort());
    }
}

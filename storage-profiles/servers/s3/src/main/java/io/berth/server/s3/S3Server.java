package io.berth.server.s3;

import java.io.PrintStream;
import java.net.URI;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
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

    /** Of key stores: they hold keys of tests. */
    private static final String KEY_STORE_PASSWORD = "changeit";

    private static final int USAGE = 2;

    private S3Server() {}

    /**
     * Starts the server. What follows bucket and port makes it serve as others' servers do: {@code keyStore=FILE} (PKCS#12)
     * by HTTPS, {@code virtualHost=NAME} also to hosts called {@code BUCKET.NAME}, {@code unknownHeaders=ignored} whoever
     * sends a session token.
     *
     * @param args the name of the bucket, the port, where 0 is any free one, and what differs
     */
    public static void main(String[] args) throws Exception {
        String accessKey = System.getenv(ACCESS_KEY);
        String secretKey = System.getenv(SECRET_KEY);
        if (args.length < 2 || accessKey == null || secretKey == null) {
            System.err.printf(
                    "usage: S3Server BUCKET PORT [NAME=VALUE]..., with %s and %s in the environment%n",
                    ACCESS_KEY, SECRET_KEY);
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
        Map<String, String> options = options(args);
        String keyStore = options.get("keyStore");
        String address = "127.0.0.1:" + Integer.parseInt(args[1]);
        S3Proxy.Builder builder = S3Proxy.builder()
                .blobStore(blobs.getBlobStore())
                .awsAuthentication(AuthenticationType.AWS_V4, accessKey, secretKey)
                .ignoreUnknownHeaders("ignored".equals(options.get("unknownHeaders")));
        if (keyStore == null) {
            builder.endpoint(URI.create("http://" + address));
        } else {
            builder.secureEndpoint(URI.create("https://" + address)).keyStore(keyStore, KEY_STORE_PASSWORD);
        }
        if (options.containsKey("virtualHost")) {
            builder.virtualHost(options.get("virtualHost"));
        }
        S3Proxy server = builder.build();
        server.start();
        ready.printf("ready port=%d%n", keyStore == null ? server.getPort() : server.getSecurePort());
    }

    private static Map<String, String> options(String[] args) {
        Map<String, String> options = new HashMap<>();
        for (String argument : List.of(args).subList(2, args.length)) {
            int equals = argument.indexOf('=');
            options.put(argument.substring(0, Math.max(0, equals)), argument.substring(equals + 1));
        }
        return options;
    }
}

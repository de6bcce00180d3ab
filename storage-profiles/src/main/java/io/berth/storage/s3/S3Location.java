package io.berth.storage.s3;

import java.net.URI;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Where a bucket is and how it is addressed.
 *
 * @param endpoint  its server; Amazon's of the region if absent
 * @param region    what requests are signed for
 * @param bucket    its name
 * @param pathStyle whether the bucket is in the path rather than in the host's name
 */
record S3Location(Optional<URI> endpoint, String region, String bucket, boolean pathStyle) {

    /** As messages call it. */
    String described() {
        return endpoint.map(URI::toString).orElse("Amazon S3 in " + region);
    }

    /**
     * What S3A must be told, for this bucket only, so that what the user's environment says about others doesn't matter.
     *
     * @param credentialsProvider class that finds the credentials
     */
    Map<String, String> sparkConf(String credentialsProvider) {
        Map<String, String> conf = new TreeMap<>();
        String prefix = "spark.hadoop.fs.s3a.bucket." + bucket + ".";
        endpoint.ifPresent(uri -> {
            conf.put(prefix + "endpoint", uri.toString());
            conf.put(prefix + "connection.ssl.enabled", String.valueOf("https".equals(uri.getScheme())));
        });
        conf.put(prefix + "endpoint.region", region);
        conf.put(prefix + "path.style.access", String.valueOf(pathStyle));
        conf.put(prefix + "aws.credentials.provider", credentialsProvider);
        // Rename copies on an object store: output is committed by completing multipart uploads instead.
        conf.put(prefix + "committer.magic.enabled", "true");
        conf.put(prefix + "committer.name", "magic");
        conf.put(
                "spark.hadoop.mapreduce.outputcommitter.factory.scheme.s3a",
                "org.apache.hadoop.fs.s3a.commit.S3ACommitterFactory");
        conf.put(
                "spark.sql.sources.commitProtocolClass", "org.apache.spark.internal.io.cloud.PathOutputCommitProtocol");
        conf.put(
                "spark.sql.parquet.output.committer.class",
                "org.apache.spark.internal.io.cloud.BindingParquetOutputCommitter");
        return conf;
    }
}

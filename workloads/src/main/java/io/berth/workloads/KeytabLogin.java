package io.berth.workloads;

import io.berth.model.text.RootCause;
import io.berth.workloads.Failures.StorageUnfit;
import java.io.IOException;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.security.UserGroupInformation;

/**
 * Logs this process in where Spark's settings name a principal and a keytab. Spark does it itself, but before Hadoop knows
 * from those settings that it has to be done, so that it is done only where site files are on the class path.
 */
final class KeytabLogin {
    private static final String HADOOP = "spark.hadoop.";

    private KeytabLogin() {}

    /**
     * Logs in; nothing happens if no keytab is named.
     *
     * @throws StorageUnfit if the KDC refuses, or isn't there
     */
    static void of(Map<String, String> sparkConf) {
        Configuration hadoop = new Configuration();
        sparkConf.forEach((key, value) -> {
            if (key.startsWith(HADOOP)) {
                hadoop.set(key.substring(HADOOP.length()), value);
            }
        });
        of(sparkConf, hadoop);
    }

    /** The same with Hadoop's settings apart. */
    static void of(Map<String, String> sparkConf, Configuration hadoop) {
        String principal = sparkConf.get("spark.kerberos.principal");
        String keytab = sparkConf.get("spark.kerberos.keytab");
        if (principal == null || keytab == null) {
            return;
        }
        UserGroupInformation.setConfiguration(hadoop);
        try {
            UserGroupInformation.loginUserFromKeytab(principal, keytab);
        } catch (IOException e) {
            throw new StorageUnfit("%s can't log in with keytab %s (%s)".formatted(principal, keytab, RootCause.of(e)));
        }
    }
}

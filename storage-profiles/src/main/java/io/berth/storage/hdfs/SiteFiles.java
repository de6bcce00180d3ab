package io.berth.storage.hdfs;

import io.berth.model.text.SecretKeys;
import io.berth.storage.StorageUnavailable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.w3c.dom.Element;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.SAXException;

/** What {@code core-site.xml} and {@code hdfs-site.xml} of a directory say; the later file wins. */
final class SiteFiles {
    private static final List<String> NAMES = List.of("core-site.xml", "hdfs-site.xml");

    private static final Pattern FOR_CLIENTS = Pattern.compile("^(?:dfs|ipc|hadoop[.]rpc|hadoop[.]security)[.]");

    private final Map<String, String> values;

    private SiteFiles(Map<String, String> values) {
        this.values = values;
    }

    /**
     * Reads the files.
     *
     * @throws StorageUnavailable naming a file that is missing or can't be read
     */
    static SiteFiles in(String profile, Path directory) {
        Map<String, String> values = new TreeMap<>();
        for (String name : NAMES) {
            Path file = directory.resolve(name);
            if (!Files.isReadable(file)) {
                throw new StorageUnavailable("profile \"%s\": siteDirectory %s has no %s that can be read"
                        .formatted(profile, directory, name));
            }
            try {
                DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
                factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
                NodeList properties =
                        factory.newDocumentBuilder().parse(file.toFile()).getElementsByTagName("property");
                for (int i = 0; i < properties.getLength(); i++) {
                    Node property = properties.item(i);
                    if (property instanceof Element element) {
                        text(element, "name")
                                .ifPresent(key ->
                                        values.put(key, text(element, "value").orElse("")));
                    }
                }
            } catch (IOException | SAXException | ParserConfigurationException e) {
                throw new StorageUnavailable(
                        "profile \"%s\": %s can't be read as Hadoop settings (%s)".formatted(profile, file, e), e);
            }
        }
        return new SiteFiles(values);
    }

    private static Optional<String> text(Element element, String tag) {
        NodeList found = element.getElementsByTagName(tag);
        return found.getLength() == 0
                ? Optional.empty()
                : Optional.of(found.item(0).getTextContent().strip());
    }

    Optional<String> value(String key) {
        return Optional.ofNullable(values.get(key)).filter(value -> !value.isEmpty());
    }

    /** What they say to clients of HDFS, as Spark settings; nothing of other file systems, and nothing that may be a secret. */
    Map<String, String> sparkConf() {
        Map<String, String> conf = new TreeMap<>();
        values.forEach((key, value) -> {
            if (FOR_CLIENTS.matcher(key).find() && !SecretKeys.mayHoldSecret(key)) {
                conf.put("spark.hadoop." + key, value);
            }
        });
        return conf;
    }
}

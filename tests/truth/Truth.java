// SPDX-License-Identifier: GPL-3.0-or-later
import com.android.apksig.ApkSigner;
import com.android.apksig.util.DataSinks;
import com.android.apksig.util.DataSources;
import com.android.apksig.util.ReadableDataSink;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.jf.smali.Smali;
import org.jf.smali.SmaliOptions;

/**
 * Finishes the apps of tests/truth: smali to dex files, everything into one archive, v1 and v2 signatures. All in one JVM.
 *
 * usage: java Truth < FOLDERS         a folder a line
 *
 * A folder holds base.apk (what aapt2 linked), smali/NAME.dex/*.smali ('!' in NAME for '/') and files/ (entries as they are);
 * app.apk is written there.
 */
final class Truth {
        private static final LocalDateTime WHEN = LocalDateTime.of(2020, 1, 1, 0, 0);
        private static final int API = 28; // dex version 039 and every instruction smali knows for it

        private static List<Path> sorted(Path folder) throws IOException {
                if (!Files.isDirectory(folder))
                        return List.of();
                try (Stream<Path> paths = Files.list(folder)) {
                        return paths.sorted().collect(Collectors.toList());
                }
        }

        private static byte[] dex(Path sources) throws IOException {
                SmaliOptions options = new SmaliOptions();
                options.apiLevel = API;
                options.jobs = 1;
                options.outputDexFile = sources.resolveSibling(sources.getFileName() + ".made").toString();
                String[] files = sorted(sources).stream().map(Path::toString).toArray(String[]::new);
                if (!Smali.assemble(options, Arrays.asList(files)))
                        throw new IOException("smali refuses what is in " + sources);
                return Files.readAllBytes(Path.of(options.outputDexFile));
        }

        private static void addFiles(Map<String, byte[]> entries, Path files) throws IOException {
                if (!Files.isDirectory(files))
                        return;
                try (Stream<Path> paths = Files.walk(files)) {
                        for (Path path : paths.filter(Files::isRegularFile).collect(Collectors.toList()))
                                entries.put(files.relativize(path).toString(), Files.readAllBytes(path));
                }
        }

        /** Entries in order of their names; resources.arsc is stored, as Android wants it since API 30. */
        private static byte[] pack(Map<String, byte[]> entries) throws IOException {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                try (ZipOutputStream zip = new ZipOutputStream(out)) {
                        for (Map.Entry<String, byte[]> member : entries.entrySet()) {
                                ZipEntry entry = new ZipEntry(member.getKey());
                                entry.setTimeLocal(WHEN);
                                if (member.getKey().equals("resources.arsc")) {
                                        CRC32 crc = new CRC32();
                                        crc.update(member.getValue());
                                        entry.setMethod(ZipEntry.STORED);
                                        entry.setSize(member.getValue().length);
                                        entry.setCrc(crc.getValue());
                                }
                                zip.putNextEntry(entry);
                                zip.write(member.getValue());
                        }
                }
                return out.toByteArray();
        }

        private static byte[] sign(byte[] apk, ApkSigner.SignerConfig signer) throws Exception {
                ReadableDataSink sink = DataSinks.newInMemoryDataSink();
                new ApkSigner.Builder(List.of(signer)).setInputApk(DataSources.asDataSource(ByteBuffer.wrap(apk)))
                                .setOutputApk(sink).setMinSdkVersion(21).setV1SigningEnabled(true).setV2SigningEnabled(true).setV3SigningEnabled(false)
                                .setV4SigningEnabled(false).setCreatedBy("truth").build().sign();
                byte[] signed = new byte[(int) sink.size()];
                sink.copyTo(0, signed.length, ByteBuffer.wrap(signed));
                return signed;
        }

        private static String make(Path folder, ApkSigner.SignerConfig signer) {
                try {
                        Map<String, byte[]> entries = new TreeMap<>();
                        try (ZipFile base = new ZipFile(folder.resolve("base.apk").toFile())) {
                                for (ZipEntry entry : base.stream().collect(Collectors.toList()))
                                        entries.put(entry.getName(), base.getInputStream(entry).readAllBytes());
                        }
                        addFiles(entries, folder.resolve("files"));
                        for (Path sources : sorted(folder.resolve("smali")))
                                if (Files.isDirectory(sources))
                                        entries.put(sources.getFileName().toString().replace('!', '/'), dex(sources));
                        Files.write(folder.resolve("app.apk"), sign(pack(entries), signer));
                        return folder.getFileName().toString();
                } catch (Exception error) {
                        throw new IllegalStateException(folder.getFileName() + ": " + error.getMessage(), error);
                }
        }

        public static void main(String[] arguments) throws Exception {
                ApkSigner.SignerConfig signer = Keys.make(3, 0).config();
                List<String> folders = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).lines()
                                .collect(Collectors.toList());
                folders.parallelStream().map(folder -> make(Path.of(folder), signer)).forEachOrdered(System.out::println);
        }

        private Truth() {}
}

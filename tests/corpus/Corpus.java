// SPDX-License-Identifier: GPL-3.0-or-later
import com.android.apksig.ApkSigner;
import com.android.apksig.util.DataSources;
import com.android.apksig.util.ReadableDataSink;
import com.android.apksig.util.DataSinks;
import java.io.BufferedReader;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.jf.dexlib2.AccessFlags;
import org.jf.dexlib2.Opcode;
import org.jf.dexlib2.Opcodes;
import org.jf.dexlib2.iface.ClassDef;
import org.jf.dexlib2.immutable.ImmutableClassDef;
import org.jf.dexlib2.immutable.ImmutableMethod;
import org.jf.dexlib2.immutable.ImmutableMethodImplementation;
import org.jf.dexlib2.immutable.instruction.ImmutableInstruction;
import org.jf.dexlib2.immutable.instruction.ImmutableInstruction10x;
import org.jf.dexlib2.immutable.instruction.ImmutableInstruction35c;
import org.jf.dexlib2.immutable.reference.ImmutableMethodReference;
import org.jf.dexlib2.writer.io.MemoryDataStore;
import org.jf.dexlib2.writer.pool.DexPool;

/**
 * Builds small APKs to order, thousands in one JVM.
 *
 * usage: java Corpus OUTPUT-FOLDER SEED < plan.tsv > made.tsv
 *
 * A line of the plan: file, package, version code, version name, min SDK, target SDK, label, developer (number), elements
 * (uses-permission:NAME[,max=28][,flags=0x10000] or uses-permission-sdk-23:NAME, by ";"), packages of code to hold (by ";"),
 * meta-data keys (by ";"), bytes of bulk, by tabs. A line of what was made: file, SHA-256, bytes, signer's certificate SHA-256.
 */
final class Corpus {
        private static final Opcodes OPCODES = Opcodes.forApi(26);
        private static final LocalDateTime WHEN = LocalDateTime.of(2020, 1, 1, 0, 0);

        /** Further classes of each SDK: one with only a few would pass for a neighbour's stray classes. */
        private static final List<String> PARTS = List.of("Clock", "Codec", "Queue", "Upload");

        private record App(String file, String pkg, int code, String version, int minSdk, int targetSdk, String label,
                        int developer, List<String> elements, List<String> prefixes, List<String> keys, int bulk) {
                static App read(String line) {
                        String[] cell = line.split("\t", -1);
                        if (cell.length != 12)
                                throw new IllegalArgumentException("12 cells wanted in: " + line);
                        return new App(cell[0], cell[1], Integer.parseInt(cell[2]), cell[3], Integer.parseInt(cell[4]),
                                        Integer.parseInt(cell[5]), cell[6], Integer.parseInt(cell[7]), list(cell[8]), list(cell[9]),
                                        list(cell[10]), Integer.parseInt(cell[11]));
                }

                private static List<String> list(String cell) {
                        return cell.isEmpty() ? List.of() : List.of(cell.split(";"));
                }
        }

        // ---- classes.dex ------------------------------------------------------------------------------------

        private static String descriptor(String name) {
                return "L" + name.replace('.', '/') + ";";
        }

        private static ImmutableMethod method(String owner, String name, int flags, int registers, List<ImmutableInstruction> code) {
                List<ImmutableInstruction> whole = new ArrayList<>(code);
                whole.add(new ImmutableInstruction10x(Opcode.RETURN_VOID));
                return new ImmutableMethod(owner, name, List.of(), "V", flags, Set.of(), Set.of(),
                                new ImmutableMethodImplementation(registers, whole, null, null));
        }

        private static ImmutableInstruction call(Opcode opcode, int arguments, String owner, String name) {
                return new ImmutableInstruction35c(opcode, arguments, 0, 0, 0, 0, 0,
                                new ImmutableMethodReference(owner, name, List.of(), "V"));
        }

        /** A class with a constructor and start(), which calls start() of every class in `calls`. */
        private static ClassDef classOf(String name, String parent, List<String> calls) {
                String type = descriptor(name);
                List<ImmutableInstruction> body = new ArrayList<>();
                for (String other : calls)
                        body.add(call(Opcode.INVOKE_STATIC, 0, descriptor(other), "start"));
                ImmutableMethod init = method(type, "<init>", AccessFlags.PUBLIC.getValue() | AccessFlags.CONSTRUCTOR.getValue(), 1,
                                List.of(call(Opcode.INVOKE_DIRECT, 1, parent, "<init>")));
                ImmutableMethod start = method(type, "start", AccessFlags.PUBLIC.getValue() | AccessFlags.STATIC.getValue(), 0, body);
                return new ImmutableClassDef(type, AccessFlags.PUBLIC.getValue(), parent, List.of(), null, Set.of(), List.of(),
                                List.of(init, start));
        }

        private static byte[] dex(App app) throws IOException {
                DexPool pool = new DexPool(OPCODES);
                List<String> entries = new ArrayList<>();
                for (String prefix : new LinkedHashSet<>(app.prefixes())) {
                        entries.add(prefix + ".Start");
                        pool.internClass(classOf(prefix + ".Start", "Ljava/lang/Object;", List.of(prefix + ".internal.Work")));
                        pool.internClass(classOf(prefix + ".internal.Work", "Ljava/lang/Object;", List.of()));
                        for (String part : PARTS)
                                pool.internClass(classOf(prefix + ".internal." + part, "Ljava/lang/Object;", List.of()));
                }
                pool.internClass(classOf(app.pkg() + ".Main", "Landroid/app/Activity;", entries));
                pool.internClass(classOf(app.pkg() + ".Upkeep", "Landroid/content/BroadcastReceiver;", List.of()));
                MemoryDataStore store = new MemoryDataStore();
                pool.writeTo(store);
                return store.getData();
        }

        // ---- AndroidManifest.xml ----------------------------------------------------------------------------

        private static void element(Axml xml, String order) {
                String[] words = order.split(",");
                String[] head = words[0].split(":", 2);
                xml.open(head[0]).text("name", head[1]);
                for (int i = 1; i < words.length; i++) {
                        String[] pair = words[i].split("=", 2);
                        switch (pair[0]) {
                        case "max" -> xml.number("maxSdkVersion", Integer.parseInt(pair[1]));
                        case "flags" -> xml.flags("usesPermissionFlags", Integer.decode(pair[1]));
                        default -> throw new IllegalArgumentException(order);
                        }
                }
                xml.close();
        }

        private static byte[] manifest(App app) {
                Axml xml = new Axml(app.code() % 2 == 0); // both encodings of strings occur in real APKs
                xml.open("manifest").text("package", app.pkg()).number("versionCode", app.code()).text("versionName", app.version());
                xml.open("uses-sdk").number("minSdkVersion", app.minSdk()).number("targetSdkVersion", app.targetSdk()).close();
                for (String order : app.elements())
                        element(xml, order);
                xml.open("application").text("label", app.label());
                for (String key : app.keys())
                        xml.open("meta-data").text("name", key).text("value", "corpus").close();
                xml.open("activity").text("name", ".Main").truth("exported", true).open("intent-filter");
                xml.open("action").text("name", "android.intent.action.MAIN").close();
                xml.open("category").text("name", "android.intent.category.LAUNCHER").close();
                xml.close().close();
                xml.open("receiver").text("name", app.pkg() + ".Upkeep").truth("exported", false).close();
                return xml.close().close().write();
        }

        // ---- the APK ----------------------------------------------------------------------------------------

        /** Bytes that do not compress, the same for the same app. */
        private static byte[] bulk(App app) {
                byte[] bytes = new byte[app.bulk()];
                new Random(app.file().hashCode()).nextBytes(bytes);
                return bytes;
        }

        private static byte[] pack(App app) throws IOException {
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                try (ZipOutputStream zip = new ZipOutputStream(out)) {
                        Map<String, byte[]> entries = new TreeMap<>(Map.of("AndroidManifest.xml", manifest(app), "classes.dex", dex(app)));
                        if (app.bulk() > 0)
                                entries.put("assets/bulk.bin", bulk(app));
                        for (Map.Entry<String, byte[]> member : entries.entrySet()) {
                                ZipEntry entry = new ZipEntry(member.getKey());
                                entry.setTimeLocal(WHEN);
                                zip.putNextEntry(entry);
                                zip.write(member.getValue());
                        }
                }
                return out.toByteArray();
        }

        private static String make(App app, Path folder, List<Keys.Developer> developers) {
                try {
                        Keys.Developer developer = developers.get(app.developer());
                        ReadableDataSink sink = DataSinks.newInMemoryDataSink();
                        new ApkSigner.Builder(List.of(developer.config()))
                                        .setInputApk(DataSources.asDataSource(ByteBuffer.wrap(pack(app)))).setOutputApk(sink)
                                        .setMinSdkVersion(app.minSdk()).setV1SigningEnabled(true).setV2SigningEnabled(true)
                                        .setV3SigningEnabled(false).setV4SigningEnabled(false).setCreatedBy("corpus").build().sign();
                        byte[] apk = new byte[(int) sink.size()];
                        sink.copyTo(0, apk.length, ByteBuffer.wrap(apk));
                        Files.write(folder.resolve(app.file()), apk);
                        String sha256 = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(apk));
                        return String.join("\t", app.file(), sha256, Integer.toString(apk.length), developer.digest());
                } catch (Exception error) {
                        throw new IllegalStateException(app.file() + ": " + error.getMessage(), error);
                }
        }

        public static void main(String[] arguments) throws IOException {
                Path folder = Path.of(arguments[0]);
                long seed = Long.parseLong(arguments[1]);
                List<App> apps = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)).lines().map(App::read)
                                .collect(Collectors.toList());
                int count = apps.stream().mapToInt(App::developer).max().orElse(-1) + 1;
                List<Keys.Developer> developers = IntStream.range(0, count).parallel().mapToObj(number -> {
                        try {
                                return Keys.make(seed, number);
                        } catch (Exception error) {
                                throw new IllegalStateException(error);
                        }
                }).collect(Collectors.toList());
                Files.createDirectories(folder);
                apps.parallelStream().map(app -> make(app, folder, developers)).forEachOrdered(System.out::println);
        }

        private Corpus() {}
}

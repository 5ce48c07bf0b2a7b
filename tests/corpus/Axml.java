// SPDX-License-Identifier: GPL-3.0-or-later
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes Android's binary XML (frameworks/base ResourceTypes.h) for manifests: string pool in UTF-8 or UTF-16, resource
 * map, one namespace, elements and attributes. Attributes are given by name; those of the android namespace need an id.
 */
final class Axml {
        private static final String ANDROID = "http://schemas.android.com/apk/res/android";
        private static final int STRING = 0x03, INT_DEC = 0x10, INT_HEX = 0x11, BOOLEAN = 0x12;
        private static final int NONE = -1;

        private record Attribute(String name, int type, String text, int data) {}

        private record Node(boolean opens, String name, List<Attribute> attributes) {}

        /** android: attribute names and their resource ids, frameworks/base public.xml. */
        private static final Map<String, Integer> IDS = Map.ofEntries(
                        Map.entry("label", 0x01010001), Map.entry("name", 0x01010003), Map.entry("permission", 0x01010006),
                        Map.entry("exported", 0x01010010), Map.entry("authorities", 0x01010018),
                        Map.entry("value", 0x01010024), Map.entry("minSdkVersion", 0x0101020c),
                        Map.entry("versionCode", 0x0101021b), Map.entry("versionName", 0x0101021c),
                        Map.entry("targetSdkVersion", 0x01010270), Map.entry("maxSdkVersion", 0x01010271),
                        Map.entry("usesPermissionFlags", 0x01010644));

        private final List<Node> nodes = new ArrayList<>();
        private final List<String> stack = new ArrayList<>();
        private final boolean utf8;

        Axml(boolean utf8) {
                this.utf8 = utf8;
        }

        Axml open(String element) {
                nodes.add(new Node(true, element, new ArrayList<>()));
                stack.add(element);
                return this;
        }

        Axml close() {
                nodes.add(new Node(false, stack.remove(stack.size() - 1), List.of()));
                return this;
        }

        Axml text(String name, String value) {
                return add(new Attribute(name, STRING, value, 0));
        }

        Axml number(String name, int value) {
                return add(new Attribute(name, INT_DEC, null, value));
        }

        Axml flags(String name, int value) {
                return add(new Attribute(name, INT_HEX, null, value));
        }

        Axml truth(String name, boolean value) {
                return add(new Attribute(name, BOOLEAN, null, value ? -1 : 0));
        }

        private Axml add(Attribute attribute) {
                List<Attribute> attributes = nodes.get(nodes.size() - 1).attributes();
                attributes.add(attribute);
                attributes.sort(Comparator.comparingLong(a -> idOf(a.name()))); // Android looks attributes up in id order
                return this;
        }

        private static long idOf(String name) {
                return IDS.containsKey(name) ? IDS.get(name) : Long.MAX_VALUE;
        }

        /** String -> index; the names of android: attributes first, for the resource map runs beside the pool's head. */
        private Map<String, Integer> pool(List<Integer> map) {
                Map<String, Integer> pool = new LinkedHashMap<>();
                for (Node node : nodes)
                        for (Attribute attribute : node.attributes())
                                if (IDS.containsKey(attribute.name()) && pool.putIfAbsent(attribute.name(), pool.size()) == null)
                                        map.add(IDS.get(attribute.name()));
                pool.putIfAbsent("android", pool.size());
                pool.putIfAbsent(ANDROID, pool.size());
                for (Node node : nodes) {
                        pool.putIfAbsent(node.name(), pool.size());
                        for (Attribute attribute : node.attributes()) {
                                pool.putIfAbsent(attribute.name(), pool.size());
                                if (attribute.text() != null)
                                        pool.putIfAbsent(attribute.text(), pool.size());
                        }
                }
                return pool;
        }

        byte[] write() {
                List<Integer> map = new ArrayList<>();
                Map<String, Integer> pool = pool(map);
                Bytes body = new Bytes();
                body.raw(stringPool(new ArrayList<>(pool.keySet())));
                body.u16(0x0180).u16(8).u32(8 + 4 * map.size());
                map.forEach(body::u32);
                namespace(body, pool, 0x0100);
                for (Node node : nodes)
                        element(body, pool, node);
                namespace(body, pool, 0x0101);
                byte[] chunks = body.bytes();
                return new Bytes().u16(0x0003).u16(8).u32(8 + chunks.length).raw(chunks).bytes();
        }

        private static void namespace(Bytes out, Map<String, Integer> pool, int type) {
                out.u16(type).u16(16).u32(24).u32(1).u32(NONE).u32(pool.get("android")).u32(pool.get(ANDROID));
        }

        private static void element(Bytes out, Map<String, Integer> pool, Node node) {
                if (!node.opens()) {
                        out.u16(0x0103).u16(16).u32(24).u32(1).u32(NONE).u32(NONE).u32(pool.get(node.name()));
                        return;
                }
                List<Attribute> attributes = node.attributes();
                out.u16(0x0102).u16(16).u32(36 + 20 * attributes.size()).u32(1).u32(NONE);
                out.u32(NONE).u32(pool.get(node.name())).u16(20).u16(20).u16(attributes.size()).u16(0).u16(0).u16(0);
                for (Attribute attribute : attributes) {
                        int text = attribute.text() == null ? NONE : pool.get(attribute.text());
                        out.u32(IDS.containsKey(attribute.name()) ? pool.get(ANDROID) : NONE).u32(pool.get(attribute.name()));
                        out.u32(text).u16(8).u8(0).u8(attribute.type()).u32(text == NONE ? attribute.data() : text);
                }
        }

        private byte[] stringPool(List<String> strings) {
                Bytes data = new Bytes(), offsets = new Bytes();
                for (String string : strings) {
                        offsets.u32(data.size());
                        if (utf8) {
                                byte[] bytes = string.getBytes(StandardCharsets.UTF_8);
                                data.length8(string.length()).length8(bytes.length).raw(bytes).u8(0);
                        } else {
                                data.u16(string.length()).raw(string.getBytes(StandardCharsets.UTF_16LE)).u16(0);
                        }
                }
                while (data.size() % 4 != 0)
                        data.u8(0);
                int start = 28 + offsets.size();
                return new Bytes().u16(0x0001).u16(28).u32(start + data.size()).u32(strings.size()).u32(0)
                                .u32(utf8 ? 0x100 : 0).u32(start).u32(0).raw(offsets.bytes()).raw(data.bytes()).bytes();
        }

        /** Little-endian output. */
        private static final class Bytes {
                private final ByteArrayOutputStream out = new ByteArrayOutputStream();

                Bytes u8(int value) {
                        out.write(value);
                        return this;
                }

                Bytes u16(int value) {
                        return raw(ByteBuffer.allocate(2).order(ByteOrder.LITTLE_ENDIAN).putShort((short) value).array());
                }

                Bytes u32(int value) {
                        return raw(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putInt(value).array());
                }

                Bytes length8(int value) {
                        return value < 0x80 ? u8(value) : u8(0x80 | value >> 8).u8(value & 0xff);
                }

                Bytes raw(byte[] bytes) {
                        out.writeBytes(bytes);
                        return this;
                }

                int size() {
                        return out.size();
                }

                byte[] bytes() {
                        return out.toByteArray();
                }
        }
}

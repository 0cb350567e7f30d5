import fc from "fast-check";
import { expect, it } from "vitest";
import { Content, type Mark } from "../../src/apps/content.ts";

it("content is what was appended, and goes back to any mark", () => {
  const change = fc.oneof(
    { weight: 8, arbitrary: fc.string({ unit: "grapheme", maxLength: 3 }) },
    fc.constantFrom("mark" as const, "back" as const, "read" as const),
  );
  fc.assert(
    fc.property(fc.array(change, { maxLength: 200, size: "max" }), fc.nat(20), (changes, length) => {
      const content = new Content();
      const marks: { mark: Mark; text: string }[] = [];
      let text = "";
      for (const each of changes) {
        if (each === "mark") marks.push({ mark: content.mark(), text });
        else if (each === "back") {
          const last = marks.pop();
          if (last === undefined) continue;
          content.back(last.mark);
          text = last.text;
        } else if (each === "read") expect(content.text()).toBe(text);
        else {
          content.append(each, Buffer.byteLength(each));
          text += each;
        }
        expect(content.bytes).toBe(Buffer.byteLength(text));
        const start = content.start(length);
        expect(text.startsWith(start) && start.length >= Math.min(length, text.length)).toBe(true);
      }
      expect(content.text()).toBe(text);
    }),
  );
});

it("appending to a long content costs no more than to a short one, looked at or not", () => {
  const content = new Content();
  const before = process.hrtime.bigint();
  // Copying the whole each time would move 128 GiB.
  for (let i = 0; i < 524_288; i++) {
    content.append("x", 1);
    content.start(160);
    content.mark();
  }
  expect(Number(process.hrtime.bigint() - before) / 1e6).toBeLessThan(5000);
  expect(content.text()).toBe("x".repeat(524_288));
});

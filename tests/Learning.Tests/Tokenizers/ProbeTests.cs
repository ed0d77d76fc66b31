using System.Text;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Tests.Tokenizers;

public sealed class ProbeTests
{
    private static string Bytes(string normalizer, string pre = "null")
    {
        string[] vocab = ["<unk>", .. Enumerable.Range(0, 256).Select(b => $"<0x{b:X2}>")];
        return GivenTokenizer.Json(GivenTokenizer.Bpe(vocab, [], """, "unk_token": "<unk>", "byte_fallback": true"""), normalizer, preTokenizer: pre);
    }

    [Fact]
    public void Probe()
    {
        var outp = new StringBuilder();
        string[] sets = File.ReadAllLines("/tmp/ef/sets.txt");
        foreach (string set in sets)
        {
            string norm = set.StartsWith("N:") ? set[2..] : """{ "type": "Replace", "pattern": { "Regex": """ + System.Text.Json.JsonSerializer.Serialize(set) + """ }, "content": "!" }""";
            string json = Bytes(norm);
            using var folder = new TemporaryFolder();
            string file = folder.Write("tokenizer.json", json);
            Judge? judge = null; ITokenizer? ours = null; string je = "", oe = "";
            try { judge = new Judge(file); judge.Encode("a"); } catch (Exception e) { je = e.Message; judge = null; }
            try { ours = TokenizerFolder.Load(folder.Path, true); } catch (Exception e) { oe = e.Message; }
            if (judge is null || ours is null) { outp.AppendLine($"{set}: judge {(judge is null ? "refuses " + je : "ok")}, ours {(ours is null ? "refuses " + oe : "ok")}"); continue; }
            var diffs = new List<int>();
            for (int c = 0; c < 0x110000; c += 64)
            {
                if (c is >= 0x323C0 and < 0xE0000) continue;
                if (c is >= 0xE0200 and < 0xF0000) continue;
                if (c is >= 0xF0100) continue;
                var sb = new StringBuilder();
                for (int k = c; k < c + 64; k++) if (k is < 0xD800 or > 0xDFFF) sb.Append('a').Append(new Rune(k).ToString());
                string t = sb.ToString();
                if (t.Length == 0 || judge.Encode(t).AsSpan().SequenceEqual(ours.Encode(t, null, 100000))) continue;
                for (int k = c; k < c + 64; k++)
                {
                    if (k is >= 0xD800 and <= 0xDFFF) continue;
                    string one = "a" + new Rune(k) + "a";
                    if (!judge.Encode(one).AsSpan().SequenceEqual(ours.Encode(one, null, 1000))) diffs.Add(k);
                }
            }
            var ranges = new List<string>();
            for (int i = 0; i < diffs.Count;) { int j = i; while (j + 1 < diffs.Count && diffs[j + 1] == diffs[j] + 1) j++; ranges.Add(i == j ? $"{diffs[i]:X}" : $"{diffs[i]:X}-{diffs[j]:X}"); i = j + 1; }
            outp.AppendLine($"{set}: {diffs.Count} differ: {string.Join(' ', ranges.Take(60))}");
            judge.Dispose();
        }
        File.WriteAllText("/tmp/ef/probe.out", outp.ToString());
    }
}

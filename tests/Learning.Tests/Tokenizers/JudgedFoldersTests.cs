using System.Text.Json;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Tests.Tokenizers;

/// <summary>Published and nasty tokenizers, judged by Hugging Face's own.</summary>
public sealed class JudgedFoldersTests
{
    [Fact]
    public void Every_case_folder_has_the_judges_tokens()
    {
        string[] texts = JsonSerializer.Deserialize<string[]>(File.ReadAllText(SharedData.Case("tokenizers", "strings.json")))!;
        var wrong = new List<string>();
        foreach (string folder in Directory.EnumerateDirectories(SharedData.Case("tokenizers")).Concat(Directory.EnumerateDirectories(SharedData.Case("models"), "tk*")).Order(StringComparer.Ordinal))
        {
            string judged = Path.Combine(folder, "judge.json");
            using var judge = new Judge(File.Exists(judged) ? judged : Path.Combine(folder, "tokenizer.json"));
            try
            {
                ITokenizer tokenizer = TokenizerFolder.Load(folder, matchSpecial: true);
                int bad = texts.Count(t => { try { return !judge.Encode(t).AsSpan().SequenceEqual(tokenizer.Encode(t, null, 1000000)); } catch (Exception) { return true; } });
                if (bad > 0) wrong.Add(Path.GetFileName(folder) + " bad=" + bad);
                wrong.AddRange(judge.Differences(tokenizer, texts).Take(2).Select(d => $"{Path.GetFileName(folder)}: {d}"));
            }
            catch (Exception e)
            {
                wrong.Add($"{Path.GetFileName(folder)}: {e.GetType().Name} {e.Message}");
            }
        }

        Assert.True(wrong.Count == 0, string.Join('\n', wrong));
    }
}

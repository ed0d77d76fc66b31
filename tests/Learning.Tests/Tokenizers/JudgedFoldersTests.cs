using System.Text;
using System.Text.Json;
using EdgeFlora.Learning.Tokenizers;

namespace EdgeFlora.Learning.Tests.Tokenizers;

/// <summary>Published and nasty tokenizers, judged by Hugging Face's own.</summary>
public sealed class JudgedFoldersTests
{
    /// <summary>Characters of the texts that are newer than some of the judge's tables, which are of Unicode 7 to 16.</summary>
    private static readonly int[] Newer =
        [0x8E2, 0x2E43, 0x2E52, 0x2E5D, 0xA7F3, 0x10D24, 0x10EAB, 0x11667, 0x11932, 0x11A43, 0x11A91, 0x11A95, 0x1CF2B, 0x1CF33];

    public static TheoryData<string> Folders()
    {
        string[] folders = SharedData.Cases() is { } cases
            ? [.. Directory.EnumerateDirectories(Path.Combine(cases, "tokenizers")).Concat(
                Directory.EnumerateDirectories(Path.Combine(cases, "models"), "tk*"))
                .Select(folder => Path.GetRelativePath(cases, folder)).Order(StringComparer.Ordinal)]
            : ["tokenizers"];
        return [.. folders];
    }

    [Theory]
    [MemberData(nameof(Folders))]
    public void Every_text_has_the_judges_tokens(string name)
    {
        string folder = SharedData.Case(name);
        string judged = Path.Combine(folder, "judge.json");
        using var judge = new Judge(File.Exists(judged) ? judged : Path.Combine(folder, "tokenizer.json"));
        ITokenizer tokenizer = TokenizerFolder.Load(folder, matchSpecial: true);

        string[] wrong = [.. Texts().Where(text => !judge.Agrees(tokenizer, text)).Take(20).Select(text => judge.Difference(tokenizer, text))];

        Assert.True(wrong.Length == 0, string.Join('\n', wrong));
    }

    private static IEnumerable<string> Texts() =>
        JsonSerializer.Deserialize<string[]>(File.ReadAllText(SharedData.Case("tokenizers", "strings.json"), Encoding.UTF8))!
        .Select(text => string.Concat(text.EnumerateRunes().Where(rune => !Newer.Contains(rune.Value))));
}

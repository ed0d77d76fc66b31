using EdgeFlora.Learning.Tokenizers;
using Tokenizers.DotNet;

namespace EdgeFlora.Learning.Tests.Tokenizers;

/// <summary>Hugging Face's own tokenizers (0.22), which say what the tokens of a text are.</summary>
internal sealed class Judge : IDisposable
{
    private readonly Tokenizer judge;

    /// <param name="file">A <c>tokenizer.json</c>.</param>
    public Judge(string file) => judge = new Tokenizer(file);

    public int[] Encode(string text) => [.. judge.Encode(text).Select(id => (int)id)];

    /// <summary>Texts whose tokens differ, with both: at most five.</summary>
    public IReadOnlyList<string> Differences(ITokenizer tokenizer, IEnumerable<string> texts) => [.. texts
        .Select(text => (text, Expected: Encode(text), Actual: tokenizer.Encode(text, null, 1_000_000)))
        .Where(t => !t.Expected.AsSpan().SequenceEqual(t.Actual))
        .Take(5)
        .Select(t => $"{System.Text.Json.JsonSerializer.Serialize(t.text)}: the judge has [{string.Join(' ', t.Expected)}], we [{string.Join(' ', t.Actual)}]")];

    public void Dispose() => (judge as IDisposable)?.Dispose();
}

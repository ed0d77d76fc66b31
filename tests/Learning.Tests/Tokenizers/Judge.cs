using System.Text.Json;
using EdgeFlora.Learning.Tokenizers;
using Tokenizers.DotNet;

namespace EdgeFlora.Learning.Tests.Tokenizers;

/// <summary>Hugging Face's own tokenizers (0.22), which say what the tokens of a text are.</summary>
internal sealed class Judge : IDisposable
{
    private readonly Tokenizer judge;

    /// <param name="file">A <c>tokenizer.json</c>.</param>
    public Judge(string file)
    {
        Assert.SkipUnless(
            OperatingSystem.IsLinux()
                && System.Runtime.InteropServices.RuntimeInformation.ProcessArchitecture == System.Runtime.InteropServices.Architecture.X64,
            "the judge is there for Linux on x64 only");
        judge = new Tokenizer(file);
    }

    public int[] Encode(string text) => [.. judge.Encode(text).Select(id => (int)id)];

    public string Decode(IEnumerable<int> ids) => judge.Decode([.. ids.Select(id => (uint)id)]);

    public bool Agrees(ITokenizer tokenizer, string text) => Encode(text).AsSpan().SequenceEqual(tokenizer.Encode(text, null, 1_000_000));

    /// <summary>What to say of a text whose tokens differ.</summary>
    public string Difference(ITokenizer tokenizer, string text) =>
        $"{JsonSerializer.Serialize(text)}: the judge has [{string.Join(' ', Encode(text))}], we "
        + $"[{string.Join(' ', tokenizer.Encode(text, null, 1_000_000))}]";

    public void Dispose() => judge.Dispose();
}

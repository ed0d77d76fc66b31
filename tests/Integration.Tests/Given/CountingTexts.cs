using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Cli.Tests.Commands.Train;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Integration.Tests.Given;

/// <summary>A LLaMA with random weights, small enough to train in moments, and texts it can learn to write: numbers that count up.</summary>
internal static class CountingTexts
{
    public static readonly string[] Targets = ["q_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"];

    private static readonly string[] Numbers = ["one", "two", "three", "four", "five", "six", "seven", "eight"];

    public static BaseModel Model(string folder) => BaseModel.Load(SmallLlama.Write(folder));

    /// <summary>JSONL of texts of three to six numbers, each one more than the one before it, every third with its beginning as a prompt.</summary>
    public static string WriteData(string file, int examples, int seed)
    {
        var random = SeededRandom.For((ulong)seed, "counting");
        File.WriteAllLines(file, Enumerable.Range(0, examples).Select(i =>
        {
            int first = random.NextInt(Numbers.Length);
            string[] words = [.. Enumerable.Range(first, 3 + random.NextInt(4)).Select(number => Numbers[number % Numbers.Length])];
            return i % 3 == 0
                ? $$"""{"prompt": "{{words[0]}} ", "completion": "{{string.Join(' ', words[1..])}}"}"""
                : $$"""{"text": "{{string.Join(' ', words)}}"}""";
        }));
        return file;
    }
}

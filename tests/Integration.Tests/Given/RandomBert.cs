using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Integration.Tests.Given;

/// <summary>A BERT with random weights, small enough to train in moments, and sentences it can learn to tell apart.</summary>
internal static class RandomBert
{
    public static readonly string[] Labels = ["animal", "colour"];

    private static readonly string[] Colours = ["red", "green", "blue", "grey"];
    private static readonly string[] Animals = ["cat", "dog", "cow", "hen"];
    private static readonly string[] Fillers = ["one", "two", "three", "four", "the", "is", "was", "here"];

    public static BaseModel Write(string folder) => Testing.Content.SmallModel.Write(folder, [.. Colours, .. Animals, .. Fillers]);

    /// <summary>JSONL of sentences of four words, one of them a colour or an animal.</summary>
    public static string WriteData(string file, int examples, int seed)
    {
        var random = SeededRandom.For((ulong)seed, "sentences");
        string Pick(string[] words) => words[random.NextInt(words.Length)];
        File.WriteAllLines(file, Enumerable.Range(0, examples).Select(_ =>
        {
            int label = random.NextInt(2);
            string[] words = [Pick(Fillers), Pick(Fillers), Pick(label == 0 ? Animals : Colours), Pick(Fillers)];
            return $$"""{"text": "{{string.Join(' ', words)}}", "label": "{{Labels[label]}}"}""";
        }));
        return file;
    }
}

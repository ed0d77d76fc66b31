namespace EdgeFlora.Cli.Tests.Commands.Train;

/// <summary>A small data set on disk that a few steps make a difference on.</summary>
internal static class TrainData
{
    private static readonly string[] Texts = ["opens a network socket", "parses a date and time", "encrypts bytes with a key"];
    private static readonly string[] Labels = ["net", "time", "crypto"];

    public static string Write(string folder, int rows = 30)
    {
        string file = Path.Combine(folder, "data.jsonl");
        File.WriteAllLines(file, Enumerable.Range(0, rows).Select(i => $$"""{"text":"{{Texts[i % 3]}} {{i}}","label":"{{Labels[i % 3]}}"}"""));
        return file;
    }

    /// <summary>The command line of a short training; later options win nothing, so none may be given twice.</summary>
    public static string[] Command(string data, string output, params string[] more) =>
    [
        "train", "--data", data, "--out", output, "--steps", "6", "--batch", "4", "--max-tokens", "12", "--lr", "0.01", "--threads", "1",
        "--seed", "5", .. more,
    ];
}

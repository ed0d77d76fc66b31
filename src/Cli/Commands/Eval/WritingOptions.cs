using System.CommandLine;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Cli.Tuning;
using EdgeFlora.Learning.Generation;

namespace EdgeFlora.Cli.Commands.Eval;

/// <summary>The options of tasks that are measured by what the model writes.</summary>
internal sealed class WritingOptions
{
    private readonly Option<int> maxNewTokens = Ranged.Number(
        "--max-new-tokens", "Tokens written for a problem at most (gsm8k, humaneval, mbpp)", "tokens", 1, 1_048_576, 256);
    private readonly Option<double> temperature = Ranged.Number(
        "--temperature", "0 writes the most probable token every time, 1 draws as the model would", "", 0, 100, 0.0);
    private readonly Option<int> topK = Ranged.Number("--top-k", "Draw among so many most probable tokens, 0 for all", "tokens", 0, int.MaxValue, 0);
    private readonly Option<double> topP = Ranged.Number(
        "--top-p", "Draw among the most probable tokens of this much probability together", "", 0.000001, 1, 1.0);
    private readonly Option<int> samples = Ranged.Number("--samples", "Answers written for each problem", "answers", 1, 10_000, 1);
    private readonly Option<ulong> seed = Ranged.Number<ulong>("--seed", "Seed of the draws", "", 0, ulong.MaxValue, 0);
    private readonly Option<int> limit = Ranged.Number(
        "--limit", "Problems to measure on, from the first on; 0 for all", "problems", 0, int.MaxValue, 0);
    private readonly Option<bool> run = new("--run-generated-code")
    {
        Description = "Let humaneval and mbpp run the programs that the model writes, each locked down: no network, no files of yours, "
            + "limits on time, memory and processes (Linux only)",
    };

    public IEnumerable<Option> All => [maxNewTokens, temperature, topK, topP, samples, seed, limit, run];

    /// <exception cref="InputException">The values do not fit together.</exception>
    public WritingSettings Settings(ParseResult parsed, int threads)
    {
        var options = new GenerationOptions
        {
            MaxNewTokens = parsed.GetValue(maxNewTokens),
            Temperature = parsed.GetValue(temperature),
            TopK = parsed.GetValue(topK),
            TopP = parsed.GetValue(topP),
            Samples = parsed.GetValue(samples),
            Seed = parsed.GetValue(seed),
        };
        return options.Samples == 1 || options.Temperature > 0
            ? new WritingSettings(options, parsed.GetValue(limit), parsed.GetValue(run), threads)
            : throw new InputException("--samples is above 1, but at --temperature 0 all of them would be the same");
    }
}

using System.Diagnostics;
using System.Globalization;
using EdgeFlora.Adapters;
using EdgeFlora.Adapters.Matrices;
using EdgeFlora.Adapters.Randomness;
using EdgeFlora.Learning.Data;
using EdgeFlora.Learning.Generation;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Portable;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Benchmarks.Language;

/// <summary>How far LoRA takes a decoder on a text in 250 steps of 8×192 tokens, how long that takes, and how fast the result writes.</summary>
internal static class LanguageBenchmark
{
    private const int Rank = 32;
    private const double HeldOut = 0.1;
    private const int StepsBetweenLines = 50;

    // From here on validation would take longer than it tells more.
    private const int MostValidationBlocks = 300;

    private static readonly TrainingPlan Plan = new()
    {
        Steps = 250,
        BatchSize = 8,
        MaxTokens = 192,
        LearningRate = 0.01,
        WarmupFraction = 0.04,
        Schedule = RateSchedule.Linear,
        Seed = 1,
        Threads = Environment.ProcessorCount,
    };

    public static void Run(TextWriter output, string modelFolder, string dataFile)
    {
        BaseModel model = BaseModel.Load(modelFolder);
        (LanguageDataSet training, LanguageDataSet heldOut) = LanguageDataSet.Read(dataFile).Split(HeldOut, Plan.Seed);
        int maxTokens = Math.Min(Plan.MaxTokens, model.MaxTokens);
        IReadOnlyList<LanguageSequence> sequences = LanguageSequence.Encode(model.Tokenizer, training, maxTokens);
        LanguageSequence[] validation = [.. LanguageSequence.Encode(model.Tokenizer, heldOut, maxTokens).Take(MostValidationBlocks)];
        LoraAdapter adapter = Adapter(model);
        using ILanguageTuning tuning = new PortableEngine().StartLanguage(model, adapter, sequences, Plan);
        output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"rank {Rank} on {adapter.Modules.Count} linear layers: {adapter.ParameterCount:N0} trained values; {sequences.Count:N0} training texts or blocks, {validation.Length} for validation, of up to {maxTokens} tokens"));
        output.WriteLine();
        output.WriteLine("| step | validation loss, nats a token | bits a byte | training seconds |");
        output.WriteLine("|---:|---:|---:|---:|");
        var seconds = new Stopwatch();
        for (int step = 0; step <= Plan.Steps; step++)
        {
            if (step % StepsBetweenLines == 0)
            {
                LanguageMetrics metrics = tuning.Evaluate(validation, CancellationToken.None);
                output.WriteLine(string.Create(
                    CultureInfo.InvariantCulture, $"| {step} | {metrics.Loss:F3} | {metrics.BitsPerByte:F3} | {seconds.Elapsed.TotalSeconds:F1} |"));
            }

            if (step < Plan.Steps)
            {
                seconds.Start();
                tuning.TrainStep();
                seconds.Stop();
            }
        }

        output.WriteLine();
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{tuning.TrainedTokens / seconds.Elapsed.TotalSeconds:N0} tokens/s in training on {Plan.Threads} threads"));
        Write(output, tuning, model);
    }

    private static void Write(TextWriter output, ILanguageTuning tuning, BaseModel model)
    {
        var options = new GenerationOptions { MaxNewTokens = Math.Min(256, model.MaxTokens - 16), StopsAtEnd = false };
        tuning.Generate(["Once upon a time"], options, CancellationToken.None);
        long start = Stopwatch.GetTimestamp();
        GeneratedText text = tuning.Generate(["Once upon a time"], options, CancellationToken.None)[0];
        double took = Stopwatch.GetElapsedTime(start).TotalSeconds;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{text.Tokens / took:N0} tokens/s in writing one text, one token at a time: {took / text.Tokens * 1e6:N0} µs a token"));
        output.WriteLine(text.Text);
    }

    private static LoraAdapter Adapter(BaseModel model)
    {
        LinearLayer[] layers = [.. model.Network.Layout.Linears.Where(layer => layer.Name != "lm_head")];
        var settings = new LoraSettings
        {
            Rank = Rank,
            Alpha = Rank,
            TargetModules = [.. layers.Select(layer => layer.Name[(layer.Name.LastIndexOf('.') + 1)..]).Distinct(StringComparer.Ordinal)],
        };
        return new LoraAdapter(settings, layers.Select(layer => KeyValuePair.Create(layer.Name, Factors(layer))));
    }

    private static LoraFactors Factors(LinearLayer layer)
    {
        var random = SeededRandom.For(Plan.Seed, layer.Name);
        float bound = 1 / MathF.Sqrt(layer.Inputs);
        var a = new Matrix(Rank, layer.Inputs);
        foreach (ref float value in a.Values)
        {
            value = bound * ((2 * random.NextSingle()) - 1);
        }

        return new LoraFactors(a, new Matrix(layer.Outputs, Rank));
    }
}

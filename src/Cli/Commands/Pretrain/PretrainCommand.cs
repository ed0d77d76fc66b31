using System.CommandLine;
using System.Globalization;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Learning.Corpus;
using EdgeFlora.Learning.Pretraining;

namespace EdgeFlora.Cli.Commands.Pretrain;

/// <summary><c>edgeflora pretrain</c>: makes the embedded base model again.</summary>
internal sealed class PretrainCommand : Command
{
    private static readonly PretrainingOptions Standard = new() { Output = "" };

    private readonly Option<string> output = new("--out")
    {
        Description = "Folder that receives the model in Hugging Face layout, written anew at every save",
        HelpName = "DIR",
        Required = true,
    };
    private readonly Option<string> checkpoint = new("--checkpoint")
    {
        Description = "File to save progress to, and to go on from if it exists",
        HelpName = "FILE",
    };
    private readonly Option<string> packs = new("--packs")
    {
        Description = "Folder of the .NET SDK's reference packs, if they are not found by themselves",
        HelpName = "DIR",
    };
    private readonly Option<int> steps = Ranged.Number("--steps", "Optimiser steps", "steps", 1, 10_000_000, Standard.Steps);
    private readonly Option<int> batch = Ranged.Number("--batch", "Sentences per step", "sentences", 1, 65_536, Standard.BatchSize);
    private readonly Option<double> learningRate = Ranged.Number(
        "--learning-rate", "Peak learning rate of AdamW", "", 1e-9, 10, Standard.LearningRate);
    private readonly Option<int> vocabulary = Ranged.Number(
        "--vocabulary", "Words of the vocabulary", "words", 200, 1_000_000, Standard.VocabularySize);
    private readonly Option<int> hidden = Ranged.Number("--hidden", "Width of the token vectors", "", 1, 16_384, Standard.HiddenSize);
    private readonly Option<int> layers = Ranged.Number("--layers", "Blocks of the encoder", "", 1, 200, Standard.Layers);
    private readonly Option<int> heads = Ranged.Number("--heads", "Attention heads, a divisor of the width", "", 1, 1024, Standard.Heads);
    private readonly Option<int> saveEvery = Ranged.Number("--save-every", "Steps between saves", "steps", 1, 10_000_000, Standard.SaveEvery);
    private readonly Option<ulong> seed = Ranged.Number<ulong>("--seed", "Seed of weights, batches and masks", "", 0, ulong.MaxValue, Standard.Seed);
    private readonly Option<int> threads = Ranged.Number(
        "--threads", "Threads; the result is the same for any number", "threads", 1, 1024, Environment.ProcessorCount);

    public PretrainCommand()
        : base(
            "pretrain",
            "Make the embedded base model again, from the .NET SDK's documentation without the sentences that the demo uses. Same options and SDK, "
                + "same weights.")
    {
        Option[] all =
        [
            output, checkpoint, packs, steps, batch, learningRate, vocabulary, hidden, layers, heads, saveEvery, seed, threads,
        ];
        foreach (Option option in all)
        {
            Options.Add(option);
        }

        SetAction((parsed, stop) => Task.Run(() => Run(parsed, stop), stop));
    }

    private int Run(ParseResult parsed, CancellationToken stop)
    {
        var options = Standard with
        {
            Output = parsed.GetRequiredValue(output),
            Checkpoint = parsed.GetValue(checkpoint),
            Steps = parsed.GetValue(steps),
            BatchSize = parsed.GetValue(batch),
            LearningRate = parsed.GetValue(learningRate),
            VocabularySize = parsed.GetValue(vocabulary),
            HiddenSize = parsed.GetValue(hidden),
            Layers = parsed.GetValue(layers),
            Heads = parsed.GetValue(heads),
            SaveEvery = parsed.GetValue(saveEvery),
            Seed = parsed.GetValue(seed),
            Threads = parsed.GetValue(threads),
        };
        Check(options);
        TextWriter lines = parsed.InvocationConfiguration.Output;
        PretrainingProgress last = EmbeddedModel.Pretrain(options, ReferencePacks.Locate(parsed.GetValue(packs)), new Lines(lines), stop);
        lines.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{options.Output}: {last.Step} steps, {100 * last.HeldOutAccuracy:0.0} % of held-out masked words guessed right"));
        return ExitCode.Done;
    }

    /// <summary>
    /// Finds out before the work whether it can be done and its result written; ranges of single options are checked as they are read.
    /// </summary>
    private static void Check(PretrainingOptions options)
    {
        if (options.HiddenSize % options.Heads != 0)
        {
            throw new InputException($"--heads is {options.Heads}; it must be a divisor of --hidden, which is {options.HiddenSize}");
        }

        if (File.Exists(options.Output))
        {
            throw new InputException($"--out is '{options.Output}', which is a file; give a folder");
        }

        if (options.Checkpoint is { } file && (Directory.Exists(file) || !Directory.Exists(Path.GetDirectoryName(Path.GetFullPath(file)))))
        {
            throw new InputException($"--checkpoint is '{file}'; it must be a file in a folder that exists");
        }
    }

    /// <summary>Writes on the caller's thread, so that lines keep their order.</summary>
    private sealed class Lines(TextWriter output) : IProgress<PretrainingProgress>
    {
        public void Report(PretrainingProgress value) => output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"step {value.Step}: training loss {value.TrainingLoss:0.000}, held-out loss {value.HeldOutLoss:0.000}, "
                + $"held-out accuracy {100 * value.HeldOutAccuracy:0.0} %"));
    }
}

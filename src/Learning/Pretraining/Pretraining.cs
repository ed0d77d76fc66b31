using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Learning.Tokenizers;
using EdgeFlora.Learning.Training;
using EdgeFlora.Storage;

namespace EdgeFlora.Learning.Pretraining;

/// <summary>Trains a small BERT encoder from nothing by masked-token prediction and writes it as a Hugging Face folder.</summary>
public static class Pretraining
{
    // One sentence in fifty is kept aside to measure the loss on.
    private const int HeldOutEvery = 50;
    private const int MaxHeldOut = 1000;

    /// <summary>Runs to the last step, or goes on from the checkpoint; saves model and checkpoint on the way.</summary>
    /// <param name="sentences">Texts to learn from, in an order that repeats.</param>
    /// <param name="source">Where the sentences come from and under which licence, for the model card.</param>
    /// <param name="progress">Told at every save.</param>
    /// <exception cref="ArgumentException">An option is out of range, or there are too few sentences.</exception>
    /// <exception cref="InvalidDataException">The checkpoint is damaged or belongs to other options or sentences.</exception>
    public static PretrainingProgress Run(
        PretrainingOptions options,
        IReadOnlyList<string> sentences,
        CorpusDescription source,
        IProgress<PretrainingProgress>? progress,
        CancellationToken cancellationToken)
    {
        ArgumentNullException.ThrowIfNull(options);
        ArgumentNullException.ThrowIfNull(sentences);
        ArgumentNullException.ThrowIfNull(source);
        options.Validate();
        if (sentences.Count < 2 * HeldOutEvery)
        {
            throw new ArgumentException($"{sentences.Count} sentences are too few to learn from; at least {2 * HeldOutEvery} are needed.", nameof(sentences));
        }

        WordPieceTokenizer tokenizer = new(VocabularyTrainer.Train(sentences, options.VocabularySize), BertNormalization.Uncased);
        int[][] sequences = [.. sentences.Select(text => tokenizer.Encode(text, null, options.MaxTokens)).Where(sequence => sequence.Length > 3)];
        int[][] training = [.. sequences.Where((_, i) => i % HeldOutEvery != 0)];
        int[][] heldOut = [.. sequences.Where((_, i) => i % HeldOutEvery == 0).Take(MaxHeldOut)];
        using var run = new MaskedLanguageTraining(options, tokenizer, training);
        var checkpoint = new TrainingCheckpoint(Identity(options, sentences), run.Model.Trained, run.Optimiser);
        int step = Resume(options, checkpoint);
        var card = new ModelCard(options, source, training.Length, training.Sum(sequence => (long)sequence.Length));
        double sum = 0;
        int counted = 0;
        PretrainingProgress last = Report(run, heldOut, step, double.NaN);
        while (step < options.Steps)
        {
            cancellationToken.ThrowIfCancellationRequested();
            sum += run.Step(step++);
            counted++;
            if (step % options.SaveEvery == 0 || step == options.Steps)
            {
                last = Report(run, heldOut, step, sum / counted);
                (sum, counted) = (0, 0);
                card.Add(last);
                ModelFolder.Write(options.Output, run.Model, tokenizer, card);
                if (options.Checkpoint is { } file)
                {
                    AtomicFile.Write(file, stream => checkpoint.Write(stream, step));
                }

                progress?.Report(last);
            }
        }

        return last;
    }

    private static PretrainingProgress Report(MaskedLanguageTraining run, int[][] heldOut, int step, double trainingLoss)
    {
        (double loss, double accuracy) = run.Measure(heldOut);
        return new PretrainingProgress(step, trainingLoss, loss, accuracy);
    }

    private static int Resume(PretrainingOptions options, TrainingCheckpoint checkpoint)
    {
        if (options.Checkpoint is null || !File.Exists(options.Checkpoint))
        {
            return 0;
        }

        try
        {
            using FileStream stream = File.OpenRead(options.Checkpoint);
            return checkpoint.Read(stream, options.Steps);
        }
        catch (InvalidDataException exception)
        {
            throw new InvalidDataException($"{options.Checkpoint}: {exception.Message}", exception);
        }
    }

    /// <summary>Everything the weights depend on.</summary>
    private static byte[] Identity(PretrainingOptions options, IReadOnlyList<string> sentences)
    {
        PretrainingOptions essential = options with { Output = "", Checkpoint = null, SaveEvery = 1, Threads = 1 };
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{essential}")));
        foreach (string sentence in sentences)
        {
            hash.AppendData(Encoding.UTF8.GetBytes(sentence));
            hash.AppendData("\n"u8);
        }

        return hash.GetHashAndReset();
    }
}

using System.Text;
using System.Text.Json;
using EdgeFlora.EdgeAgent.Training;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Trainers;

/// <summary>Reads <c>progress.jsonl</c> while a trainer writes it. Not thread-safe.</summary>
/// <param name="steps">Steps of the task.</param>
internal sealed class ProgressReader(string path, int steps)
{
    private const int LongestLine = 64 * 1024;

    private readonly SortedDictionary<int, double> losses = [];
    private readonly List<byte> partial = [];
    private long offset;
    private int line;

    /// <summary>The last step that was reported; 0 before the first.</summary>
    public int Step { get; private set; }

    /// <summary>Tokens trained on, as the trainer counts them.</summary>
    public long Tokens { get; private set; }

    /// <summary>Losses of the steps so far, without those that were done again after a restart.</summary>
    public LossTrace Trace()
    {
        var trace = new LossTrace();
        foreach (double loss in losses.Values)
        {
            trace.Add(loss);
        }

        return trace;
    }

    /// <summary>Takes in what was written since the last time.</summary>
    /// <returns>Whether there was a whole new line.</returns>
    /// <exception cref="TrainerFailedException">A line is none of the contract's.</exception>
    /// <exception cref="TrainingDivergedException">A loss is not finite.</exception>
    public bool Read()
    {
        if (!File.Exists(path))
        {
            return false;
        }

        int before = line;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
        file.Seek(offset, SeekOrigin.Begin);
        byte[] buffer = new byte[LongestLine];
        int read;
        while ((read = file.Read(buffer)) > 0)
        {
            offset += read;
            foreach (byte value in buffer.AsSpan(0, read))
            {
                Take(value);
            }
        }

        return line > before;
    }

    private void Take(byte value)
    {
        if (value == (byte)'\n')
        {
            line++;
            Take(Encoding.UTF8.GetString([.. partial]));
            partial.Clear();
            return;
        }

        partial.Add(value);
        if (partial.Count > LongestLine)
        {
            throw Wrong("is longer than 64 KiB");
        }
    }

    private void Take(string text)
    {
        try
        {
            using var document = JsonDocument.Parse(text);
            JsonElement row = document.RootElement;
            if (!row.TryGetProperty("step", out JsonElement number)
                && row.TryGetProperty("phase", out JsonElement phase)
                && phase.ValueKind == JsonValueKind.String)
            {
                // A sign of life while it loads, measures or writes.
                return;
            }

            int step = number.GetInt32();
            JsonElement told = row.GetProperty("loss");
            double loss = told.ValueKind == JsonValueKind.Number ? told.GetDouble() : double.NaN;
            if (step < 1 || step > steps)
            {
                throw Wrong($"reports step {step} of {steps}");
            }

            Step = step;
            Tokens = row.TryGetProperty("tokens", out JsonElement tokens) ? tokens.GetInt64() : Tokens;
            if (!double.IsFinite(loss))
            {
                throw new TrainingDivergedException(
                    $"Step {step}: the trainer reports a loss of {told.GetRawText()}; lower the learning rate or look at the data.");
            }

            // A trainer that was started again does some steps again.
            foreach (int repeated in losses.Keys.Where(known => known >= step).ToArray())
            {
                losses.Remove(repeated);
            }

            losses[step] = loss;
        }
        catch (Exception broken) when (broken is JsonException or KeyNotFoundException or InvalidOperationException or FormatException)
        {
            throw Wrong("is no object with a whole number \"step\" and a number \"loss\", nor one with a \"phase\"");
        }
    }

    private TrainerFailedException Wrong(string what) => new($"The trainer's progress.jsonl:{line} {what}.");
}

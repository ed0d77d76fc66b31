using System.Globalization;
using System.Text.Json;
using EdgeFlora.EdgeAgent.Engines;

namespace EdgeFlora.EdgeAgent.Trainers;

/// <summary>
/// Writes what an engine of the product's tells of its progress, as a trainer program writes it, so that a restart knows the losses before it.
/// Thread-safe; what is told after the end is left out.
/// </summary>
internal sealed class ProgressFile : IProgress<TrainingProgress>, IDisposable
{
    private readonly Lock gate = new();
    private readonly StreamWriter writer;
    private bool closed;

    /// <param name="path">Appended to.</param>
    public ProgressFile(string path)
    {
        var file = new FileStream(path, FileMode.Append, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
        writer = new StreamWriter(file) { NewLine = "\n", AutoFlush = true };
    }

    public void Report(TrainingProgress value)
    {
        string step = value.Step.ToString(CultureInfo.InvariantCulture);
        string loss = double.IsFinite(value.Loss)
            ? value.Loss.ToString("R", CultureInfo.InvariantCulture)
            : JsonSerializer.Serialize(value.Loss.ToString(CultureInfo.InvariantCulture));
        lock (gate)
        {
            if (!closed)
            {
                writer.WriteLine($$"""{"step": {{step}}, "loss": {{loss}}}""");
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            closed = true;
            writer.Dispose();
        }
    }
}

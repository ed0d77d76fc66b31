namespace EdgeFlora.EdgeAgent.Training;

/// <summary>The losses of the first and of the last few steps; part of a checkpoint.</summary>
internal sealed class LossTrace
{
    private const int Window = 8;

    private readonly List<double> first = [];
    private readonly Queue<double> last = new();

    /// <summary>Mean over the first steps (up to 8), nats; null before the first.</summary>
    public double? Before => first.Count == 0 ? null : first.Average();

    /// <summary>Mean over the last steps (up to 8), nats; null before the first.</summary>
    public double? After => last.Count == 0 ? null : last.Average();

    public void Add(double loss)
    {
        if (first.Count < Window)
        {
            first.Add(loss);
        }

        last.Enqueue(loss);
        if (last.Count > Window)
        {
            last.Dequeue();
        }
    }

    public void Write(BinaryWriter writer)
    {
        foreach (IReadOnlyCollection<double> losses in new IReadOnlyCollection<double>[] { first, last })
        {
            writer.Write((byte)losses.Count);
            foreach (double loss in losses)
            {
                writer.Write(loss);
            }
        }
    }

    /// <exception cref="InvalidDataException">More losses than a trace has.</exception>
    public static LossTrace Read(BinaryReader reader)
    {
        var trace = new LossTrace();
        trace.first.AddRange(ReadLosses(reader));
        foreach (double loss in ReadLosses(reader))
        {
            trace.last.Enqueue(loss);
        }

        return trace;
    }

    private static double[] ReadLosses(BinaryReader reader)
    {
        int count = reader.ReadByte();
        return count <= Window
            ? [.. Enumerable.Range(0, count).Select(_ => reader.ReadDouble())]
            : throw new InvalidDataException($"The checkpoint holds {count} losses; at most {Window} are expected.");
    }
}

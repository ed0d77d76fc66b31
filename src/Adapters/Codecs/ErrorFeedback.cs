using System.Numerics.Tensors;
using EdgeFlora.Adapters.Safetensors;
using EdgeFlora.Storage;

namespace EdgeFlora.Adapters.Codecs;

/// <summary>
/// What compression has left out so far, to be made up for in the next payload: c = Q(x + e), e ← x + e − c (arXiv 1901.09847). Not thread-safe.
/// </summary>
/// <remarks>
/// The new residual is only staged until the caller knows whether the payload counted: committed too early, what a refused payload carried would be
/// lost; rolled back too late, what an accepted one carried would count twice. Every residual belongs to one run on one agent.
/// </remarks>
public sealed class ErrorFeedback
{
    private static readonly AdapterCodec Exact = AdapterCodec.Parse("fp32");

    private readonly AdapterShape shape;
    private LoraAdapter residual;
    private LoraAdapter? staged;

    /// <summary>Nothing left out yet.</summary>
    public ErrorFeedback(AdapterShape shape)
    {
        ArgumentNullException.ThrowIfNull(shape);
        this.shape = shape;
        residual = shape.CreateZero();
    }

    /// <summary>The task whose residual is staged; null if none is.</summary>
    public string? StagedTask { get; private set; }

    /// <summary>Euclidean length of the committed residual over all values.</summary>
    public double Norm => Math.Sqrt(AdapterTensors.Of(residual).Sum(t => (double)TensorPrimitives.SumOfSquares<float>(t.Values.Span)));

    /// <summary>
    /// Encodes as <see cref="AdapterCodec.Encode(LoraAdapter, AdapterReference?, FrozenFactors?)"/> does, the committed residual added, and stages
    /// the new one under <paramref name="task"/>.
    /// </summary>
    /// <remarks>
    /// Whatever was staged before is dropped, so encoding the same task again after a crash gives the same bytes and the same residual.
    /// Frozen factors are left out of a difference, and their residual waits for a task that trains them.
    /// </remarks>
    /// <exception cref="AdapterFormatException">A value is not finite or beyond the codec's range; the residual stays as it was.</exception>
    /// <param name="frozen">Factors equal to the reference's; null for none.</param>
    /// <exception cref="ArgumentException">Adapter or reference are of another shape, or a frozen factor is not the reference's.</exception>
    public byte[] Encode(AdapterCodec codec, LoraAdapter adapter, AdapterReference? reference, string task, FrozenFactors? frozen = null)
    {
        ArgumentNullException.ThrowIfNull(codec);
        TensorName.Check(task, "The task");
        if (AdapterShape.Of(adapter).DifferenceFrom(shape) is { } difference)
        {
            throw new ArgumentException($"The adapter is not of the residual's shape: {difference}.", nameof(adapter));
        }

        codec.RequireFit(shape, reference);
        AdapterCodec.RequireEqual(adapter, reference, frozen);
        LoraAdapter sum = adapter.Clone();
        List<(string Name, Memory<float> Values)> wanted = AdapterTensors.Of(sum);
        List<(string Name, Memory<float> Values)> left = AdapterTensors.Of(residual);
        List<(string Name, Memory<float> Values)>? starts = reference is null ? null : AdapterTensors.Of(reference.Adapter);
        bool[] stays = AdapterTensors.Frozen(shape, frozen ?? FrozenFactors.None);
        for (int i = 0; i < wanted.Count; i++)
        {
            Span<float> values = wanted[i].Values.Span;
            if (starts is not null)
            {
                TensorPrimitives.Subtract(values, starts[i].Values.Span, values);
            }

            if (!stays[i])
            {
                TensorPrimitives.Add(values, left[i].Values.Span, values);
            }
        }

        byte[] payload = codec.Encode(shape, reference, wanted, frozen);
        SubtractDecoded(codec, payload, [.. wanted.Where((_, i) => !stays[i])]);
        for (int i = 0; i < wanted.Count; i++)
        {
            if (stays[i])
            {
                left[i].Values.CopyTo(wanted[i].Values);
            }
        }

        (staged, StagedTask) = (sum, task);
        return payload;
    }

    /// <summary>
    /// Forgets what was left out of the factors of these modules, for they start in a basis in which it means nothing. Modules that are not there are
    /// passed over.
    /// </summary>
    public void Forget(IEnumerable<string> modules)
    {
        ArgumentNullException.ThrowIfNull(modules);
        foreach (string module in modules)
        {
            if (residual.Modules.TryGetValue(module, out LoraFactors? factors))
            {
                factors.A.Values.Clear();
                factors.B.Values.Clear();
            }
        }
    }

    /// <summary>Makes the residual staged for <paramref name="task"/> the residual: its payload counted.</summary>
    /// <returns>False if nothing is staged for that task, as when the answer comes twice; nothing changes then.</returns>
    public bool Commit(string task)
    {
        if (staged is null || StagedTask != task)
        {
            return false;
        }

        residual = staged;
        return Rollback(task);
    }

    /// <summary>Forgets the residual staged for <paramref name="task"/>: its payload did not count.</summary>
    /// <returns>False if nothing is staged for that task; nothing changes then.</returns>
    public bool Rollback(string task)
    {
        if (staged is null || StagedTask != task)
        {
            return false;
        }

        (staged, StagedTask) = (null, null);
        return true;
    }

    /// <summary>Writes the residual and what is staged, atomically.</summary>
    public void Save(string path) => AtomicFile.Write(path, stream =>
    {
        using var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        writer.Write(ErrorFeedbackFile.Header(StagedTask));
        writer.Write(Exact.Encode(residual));
        writer.Write(staged is null ? [] : Exact.Encode(staged));
    });

    /// <summary>Goes on with what <see cref="Save"/> wrote.</summary>
    /// <exception cref="AdapterFormatException">The file is damaged or of another shape, e.g. from a run with another rank.</exception>
    /// <exception cref="IOException">The file is missing or unreadable.</exception>
    public static ErrorFeedback Load(string path, AdapterShape shape)
    {
        (string? task, LoraAdapter residual, LoraAdapter? staged) = ErrorFeedbackFile.Read(path, shape);
        return new ErrorFeedback(shape) { residual = residual, staged = staged, StagedTask = task };
    }

    private static void SubtractDecoded(AdapterCodec codec, byte[] payload, List<(string Name, Memory<float> Values)> wanted)
    {
        long position = payload.Length - wanted.Sum(w => codec.Tensors.EncodedLength(w.Values.Length));
        foreach ((string name, Memory<float> values) in wanted)
        {
            int size = (int)codec.Tensors.EncodedLength(values.Length);
            float[] decoded = new float[values.Length];
            codec.Tensors.Decode(payload.AsSpan((int)position, size), decoded, name);
            TensorPrimitives.Subtract(values.Span, decoded, values.Span);
            position += size;
        }
    }
}

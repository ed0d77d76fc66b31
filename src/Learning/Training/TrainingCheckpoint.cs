using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using EdgeFlora.Learning.Adapting;

namespace EdgeFlora.Learning.Training;

/// <summary>
/// Step, trained values and the optimiser's state on disk, enough to go on with identical bits: batch order and masks are drawn anew from seed and step.
/// Layout: magic, identity (32 bytes), step, number of values, the values and the optimiser's state (two vectors for AdamW, one for SGD) as singles, SHA-256 of all before. Little-endian.
/// </summary>
internal sealed class TrainingCheckpoint(byte[] identity, TrainedWeights weights, IOptimiser optimiser)
{
    private const int HeaderLength = 8 + SHA256.HashSizeInBytes + 4 + 4;

    private static ReadOnlySpan<byte> Magic => "EFTRAIN1"u8;

    private int Length => checked(HeaderLength + ((1 + optimiser.State.Count) * 4 * weights.Length) + SHA256.HashSizeInBytes);

    public void Write(Stream stream, int step)
    {
        byte[] content = new byte[Length];
        Magic.CopyTo(content);
        identity.CopyTo(content.AsSpan(8));
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(40), step);
        BinaryPrimitives.WriteInt32LittleEndian(content.AsSpan(44), weights.Length);
        MemoryMarshal.AsBytes(weights.Values).CopyTo(Vector(content, 0));
        for (int i = 0; i < optimiser.State.Count; i++)
        {
            MemoryMarshal.AsBytes(optimiser.State[i].AsSpan()).CopyTo(Vector(content, 1 + i));
        }

        SHA256.HashData(content.AsSpan(0, content.Length - SHA256.HashSizeInBytes), content.AsSpan(content.Length - SHA256.HashSizeInBytes));
        stream.Write(content);
    }

    /// <summary>Restores values and state; nothing is changed unless all of it is sound.</summary>
    /// <returns>The number of steps done.</returns>
    /// <exception cref="InvalidDataException">The checkpoint is cut short, damaged or of another task.</exception>
    public int Read(Stream stream, int steps)
    {
        // One byte more than belongs there tells a longer stream from a right one.
        byte[] content = new byte[Length + 1];
        int read = stream.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
        if (read < HeaderLength || !content.AsSpan().StartsWith(Magic))
        {
            throw new InvalidDataException("This is no checkpoint of a training: it does not begin with EFTRAIN1, or is cut short.");
        }

        if (!content.AsSpan(8, identity.Length).SequenceEqual(identity))
        {
            throw new InvalidDataException("The checkpoint belongs to another task: model, adapter, plan or training data differ.");
        }

        if (read != Length)
        {
            throw new InvalidDataException($"The checkpoint is damaged: it has {(read > Length ? $"more than {Length}" : read)} bytes of {Length}.");
        }

        ReadOnlySpan<byte> body = content.AsSpan(0, Length - SHA256.HashSizeInBytes);
        if (!SHA256.HashData(body).AsSpan().SequenceEqual(content.AsSpan(body.Length, SHA256.HashSizeInBytes)))
        {
            throw new InvalidDataException("The checkpoint is damaged: its SHA-256 does not match its content.");
        }

        int step = BinaryPrimitives.ReadInt32LittleEndian(body[40..]);
        if (step < 0 || step > steps || BinaryPrimitives.ReadInt32LittleEndian(body[44..]) != weights.Length)
        {
            throw new InvalidDataException($"The checkpoint stands at step {step} with {BinaryPrimitives.ReadInt32LittleEndian(body[44..])} values; the task has {steps} steps and {weights.Length} values.");
        }

        Vector(content, 0).CopyTo(MemoryMarshal.AsBytes(weights.Values));
        for (int i = 0; i < optimiser.State.Count; i++)
        {
            Vector(content, 1 + i).CopyTo(MemoryMarshal.AsBytes(optimiser.State[i].AsSpan()));
        }

        return step;
    }

    private Span<byte> Vector(byte[] content, int index) => content.AsSpan(HeaderLength + (index * 4 * weights.Length), 4 * weights.Length);
}

using System.Buffers.Binary;

namespace EdgeFlora.Learning.Remote;

/// <summary>Where a worker's training stands.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">Of the last step, nats; NaN after anything but a step.</param>
/// <param name="PeakBytes">As <see cref="Training.ITraining.PeakBytes"/>.</param>
internal readonly record struct StepReport(int Step, double Loss, long PeakBytes)
{
    private const int Length = 20;

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Step);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(4), Loss);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(12), PeakBytes);
        return bytes;
    }

    /// <exception cref="InvalidDataException">Another length.</exception>
    public static StepReport Parse(ReadOnlySpan<byte> bytes) => bytes.Length == Length
        ? new(BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadDoubleLittleEndian(bytes[4..]), BinaryPrimitives.ReadInt64LittleEndian(bytes[12..]))
        : throw new InvalidDataException($"A report of a step has {Length} bytes, not {bytes.Length}.");
}

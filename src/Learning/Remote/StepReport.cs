using System.Buffers.Binary;

namespace EdgeFlora.Learning.Remote;

/// <summary>Where a worker's training stands.</summary>
/// <param name="Step">Steps done.</param>
/// <param name="Loss">Of the last step, nats; NaN after anything but a step.</param>
/// <param name="TrainedTokens">As <see cref="Training.ITraining.TrainedTokens"/>.</param>
/// <param name="PeakBytes">As <see cref="Training.ITraining.PeakBytes"/>.</param>
internal readonly record struct StepReport(int Step, double Loss, long TrainedTokens, long PeakBytes)
{
    private const int Length = 28;

    public byte[] ToBytes()
    {
        byte[] bytes = new byte[Length];
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Step);
        BinaryPrimitives.WriteDoubleLittleEndian(bytes.AsSpan(4), Loss);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(12), TrainedTokens);
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(20), PeakBytes);
        return bytes;
    }

    /// <exception cref="InvalidDataException">Another length.</exception>
    public static StepReport Parse(ReadOnlySpan<byte> bytes) => bytes.Length == Length
        ? new(
            BinaryPrimitives.ReadInt32LittleEndian(bytes),
            BinaryPrimitives.ReadDoubleLittleEndian(bytes[4..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[12..]),
            BinaryPrimitives.ReadInt64LittleEndian(bytes[20..]))
        : throw new InvalidDataException($"A report of a step has {Length} bytes, not {bytes.Length}.");
}

using System.Security.Cryptography;
using EdgeFlora.Cli.CommandLine;
using EdgeFlora.Learning.Training;
using EdgeFlora.Storage;

namespace EdgeFlora.Cli.Commands.Train;

/// <summary>
/// A stopped training on disk: <c>EFTR1</c>, the number of losses (i32, little-endian), the losses (f64), SHA-256 of all that, then what the engine
/// writes.
/// </summary>
internal static class TrainCheckpoint
{
    private static ReadOnlySpan<byte> Magic => "EFTR1"u8;

    public static void Write(string file, IReadOnlyList<double> losses, ITraining training) => AtomicFile.Write(file, stream =>
    {
        byte[] head = Head(losses);
        stream.Write(head);
        stream.Write(SHA256.HashData(head));
        training.Save(stream);
    });

    /// <summary>Brings the training to where the checkpoint was written and returns the losses up to there.</summary>
    /// <param name="steps">Steps of the plan.</param>
    /// <exception cref="InputException">The file is damaged, or belongs to another training.</exception>
    public static List<double> Restore(string file, ITraining training, int steps)
    {
        try
        {
            using FileStream stream = File.OpenRead(file);
            List<double> losses = Read(stream, steps);
            training.Restore(stream);
            return losses.Count == training.Step
                ? losses
                : throw new InvalidDataException($"it holds {losses.Count} losses, but the engine stands at step {training.Step}.");
        }
        catch (Exception wrong) when (wrong is InvalidDataException or EndOfStreamException)
        {
            throw new InputException(
                $"--resume cannot go on from '{file}': {wrong.Message} Give the options the training was begun with, "
                    + $"or delete the file to begin anew",
                wrong);
        }
    }

    private static byte[] Head(IReadOnlyList<double> losses)
    {
        using var head = new MemoryStream();
        using var writer = new BinaryWriter(head);
        writer.Write(Magic);
        writer.Write(losses.Count);
        foreach (double loss in losses)
        {
            writer.Write(loss);
        }

        return head.ToArray();
    }

    private static List<double> Read(Stream stream, int steps)
    {
        using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
        if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic))
        {
            throw new InvalidDataException("It is no checkpoint of edgeflora train.");
        }

        int count = reader.ReadInt32();
        if (count < 0 || count > steps)
        {
            throw new InvalidDataException($"It stands at step {count} of {steps}.");
        }

        List<double> losses = [.. Enumerable.Range(0, count).Select(_ => reader.ReadDouble())];
        byte[] hash = new byte[SHA256.HashSizeInBytes];
        stream.ReadExactly(hash);
        return SHA256.HashData(Head(losses)).AsSpan().SequenceEqual(hash)
            ? losses
            : throw new InvalidDataException("It is damaged: its SHA-256 does not match.");
    }
}

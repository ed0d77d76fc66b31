using EdgeFlora.Adapters.Files;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.EdgeAgent.Training;

/// <summary>A task's checkpoint: the trace of losses, then what the engine writes.</summary>
internal static class TrainingCheckpointFile
{
    private static ReadOnlySpan<byte> Magic => "EFCK1"u8;

    public static void Write(string file, LossTrace trace, IFineTuning tuning) => AtomicFile.Write(file, stream =>
    {
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            trace.Write(writer);
        }

        tuning.Save(stream);
    });

    /// <summary>Brings the fine-tuning to where the checkpoint was written.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or belongs to another task.</exception>
    public static LossTrace Restore(string file, IFineTuning tuning)
    {
        using FileStream stream = File.OpenRead(file);
        try
        {
            using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
            if (!reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic))
            {
                throw new InvalidDataException($"{file} is no checkpoint.");
            }

            LossTrace trace = LossTrace.Read(reader);
            tuning.Restore(stream);
            return trace;
        }
        catch (EndOfStreamException cut)
        {
            throw new InvalidDataException($"{file} ends too early.", cut);
        }
    }
}

using EdgeFlora.Learning.Training;
using EdgeFlora.Storage;

namespace EdgeFlora.EdgeAgent.Training;

/// <summary>A task's checkpoint: <c>EFCK1</c>, the step (i32, little-endian), the trace of losses, then what the engine writes.</summary>
internal static class TrainingCheckpointFile
{
    private static ReadOnlySpan<byte> Magic => "EFCK1"u8;

    public static void Write(string file, LossTrace trace, ITraining tuning) => AtomicFile.Write(file, stream =>
    {
        using (var writer = new BinaryWriter(stream, System.Text.Encoding.UTF8, leaveOpen: true))
        {
            writer.Write(Magic);
            writer.Write(tuning.Step);
            trace.Write(writer);
        }

        tuning.Save(stream);
    });

    /// <summary>Brings the fine-tuning to where the checkpoint was written.</summary>
    /// <exception cref="InvalidDataException">The file is damaged or belongs to another task.</exception>
    public static LossTrace Restore(string file, ITraining tuning)
    {
        using FileStream stream = File.OpenRead(file);
        try
        {
            using var reader = new BinaryReader(stream, System.Text.Encoding.UTF8, leaveOpen: true);
            int step = ReadStep(reader, file);
            LossTrace trace = LossTrace.Read(reader);
            tuning.Restore(stream);
            return tuning.Step == step ? trace : throw new InvalidDataException($"{file} says step {step}, the engine says {tuning.Step}.");
        }
        catch (EndOfStreamException cut)
        {
            throw new InvalidDataException($"{file} ends too early.", cut);
        }
    }

    /// <summary>The step a checkpoint was written at; 0 if there is none or it is damaged. Only a hint: restoring finds out.</summary>
    public static int StepOf(string file)
    {
        if (!File.Exists(file))
        {
            return 0;
        }

        try
        {
            using var reader = new BinaryReader(File.OpenRead(file));
            return Math.Max(0, ReadStep(reader, file));
        }
        catch (Exception damage) when (damage is InvalidDataException or EndOfStreamException)
        {
            return 0;
        }
    }

    private static int ReadStep(BinaryReader reader, string file) => reader.ReadBytes(Magic.Length).AsSpan().SequenceEqual(Magic)
        ? reader.ReadInt32()
        : throw new InvalidDataException($"{file} is no checkpoint.");
}

using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Learning.Adapting;
using EdgeFlora.Learning.Models;

namespace EdgeFlora.Learning.Training;

/// <summary>A hash of everything a checkpoint depends on, so that it is never continued with another model, plan, data set or engine.</summary>
internal static class TaskIdentity
{
    /// <param name="arithmetic">
    /// What rounds in ways of its own: engine, device and type, e.g. <c>torch|cuda|BFloat16</c>; empty for the portable engine, which rounds the same
    /// everywhere.
    /// </param>
    /// <returns>32 bytes. The number of threads is left out, and whether layers are recomputed: they change nothing.</returns>
    public static byte[] Of(TrainingStart start, string arithmetic)
    {
        BaseModel model = start.Model;
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var text = new StringBuilder();

        // What a plan does not use has no text, so that this is what it was before there was such a thing; which savings count stands below.
        string plan = (start.Plan with { Threads = 1 }).ToString()
            .Replace($", {nameof(TrainingPlan.Savings)} = ", "", StringComparison.Ordinal)
            .Replace($", {nameof(TrainingPlan.Proximal)} = 0,", ",", StringComparison.Ordinal)
            .Replace($", {nameof(TrainingPlan.Correction)} = ,", ",", StringComparison.Ordinal);
        text.Append(CultureInfo.InvariantCulture, $"{model.Sha256}|{model.DeltaSha256}|{plan}");
        if (start.Plan.Savings.ShardTokens != MemorySavings.UsualShardTokens)
        {
            text.Append(CultureInfo.InvariantCulture, $"|shards of {start.Plan.Savings.ShardTokens}");
        }

        text.Append(model.Storage switch
        {
            WeightStorage.EightBit => "|int8",
            WeightStorage.Bf16 => "|bf16",
            WeightStorage.FourBit => "|nf4",
            _ => "",
        });
        foreach (TrainedTensor tensor in start.Adapted.Trained.Tensors)
        {
            text.Append(CultureInfo.InvariantCulture, $"|{tensor.Name}:{tensor.Length}");
        }

        hash.AppendData(Encoding.UTF8.GetBytes(text.ToString()));
        if (start.Plan.Proximal > 0)
        {
            // Every step depends on where the training began.
            hash.AppendData(MemoryMarshal.AsBytes(start.Adapted.Trained.Values));
        }

        if (start.Plan.Correction is { } correction)
        {
            hash.AppendData(MemoryMarshal.AsBytes(start.Adapted.LaidOut(correction).AsSpan()));
        }

        for (int i = 0; i < start.Sequences.Count; i++)
        {
            hash.AppendData(BitConverter.GetBytes(start.Marks[i]));
            hash.AppendData(MemoryMarshal.AsBytes(start.Sequences[i].AsSpan()));
        }

        string scale = arithmetic.Length == 0 ? start.Adapted.ScaleText : $"{start.Adapted.ScaleText}|{arithmetic}";
        return SHA256.HashData([.. hash.GetHashAndReset(), .. Encoding.UTF8.GetBytes(scale)]);
    }
}

using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using EdgeFlora.Learning.Models;
using EdgeFlora.Learning.Training;

namespace EdgeFlora.Learning.Portable;

/// <summary>A hash of everything a checkpoint depends on, so that it is never continued with another model, plan or data set.</summary>
internal static class TaskIdentity
{
    /// <param name="sequences">Token ids of the training examples.</param>
    /// <param name="marks">What else belongs to each: its label, or where prediction begins.</param>
    /// <returns>32 bytes. The number of threads is left out: it changes nothing.</returns>
    public static byte[] Of(BaseModel model, TrainedWeights trained, IReadOnlyList<int[]> sequences, IReadOnlyList<int> marks, TrainingPlan plan)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{model.Sha256}|{model.DeltaSha256}|{plan with { Threads = 1 }}");
        foreach (TrainedTensor tensor in trained.Tensors)
        {
            text.Append(CultureInfo.InvariantCulture, $"|{tensor.Name}:{tensor.Length}");
        }

        hash.AppendData(Encoding.UTF8.GetBytes(text.ToString()));
        for (int i = 0; i < sequences.Count; i++)
        {
            hash.AppendData(BitConverter.GetBytes(marks[i]));
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(sequences[i].AsSpan()));
        }

        return hash.GetHashAndReset();
    }
}

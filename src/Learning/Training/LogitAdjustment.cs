namespace EdgeFlora.Learning.Training;

/// <summary>What logit adjustment (arXiv 2007.07314) adds to the scores while training.</summary>
/// <remarks>
/// Of labels without an example it makes the restricted softmax of FedRS (Li and Zhan, KDD 2021, doi 10.1145/3447548.3467254; its α is 0).
/// </remarks>
internal static class LogitAdjustment
{
    /// <summary>τ·ln(share) of each label; −∞, and so no part in the softmax, for a label without an example.</summary>
    /// <param name="labels">The label of each training example.</param>
    /// <param name="strength">τ.</param>
    public static float[] Offsets(IReadOnlyList<int> labels, int classes, double strength)
    {
        int[] counts = new int[classes];
        foreach (int label in labels)
        {
            counts[label]++;
        }

        return [.. counts.Select(count => (float)(strength * Math.Log((double)count / Math.Max(1, labels.Count))))];
    }
}

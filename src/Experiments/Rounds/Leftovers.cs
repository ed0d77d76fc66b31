using EdgeFlora.Transport.Blobs;

namespace EdgeFlora.Experiments.Rounds;

/// <summary>Removes what no later round needs, lest a long experiment fill the disk.</summary>
/// <remarks>What the first round left stays: methods that are added later begin with it. So does the last: rounds may be added too.</remarks>
/// <param name="folder">Where error feedback and own factors lie, by the key of the work that left them.</param>
internal sealed class Leftovers(BlobStore blobs, string folder)
{
    /// <param name="round">The round before the one that was just measured.</param>
    /// <param name="results">Its work in all runs.</param>
    /// <param name="runs">As they are now.</param>
    public void Remove(int round, IEnumerable<Result> results, IReadOnlyList<FederatedRun> runs)
    {
        if (round <= 1)
        {
            return;
        }

        HashSet<string> needed = [.. runs.SelectMany(run => run.Last.Values)];
        foreach (Result result in results.DistinctBy(result => result.Key))
        {
            blobs.Remove(result.Outcome.Body);
            if (!needed.Contains(result.Key))
            {
                foreach (string file in Directory.EnumerateFiles(folder, result.Key + ".*"))
                {
                    File.Delete(file);
                }
            }
        }
    }
}

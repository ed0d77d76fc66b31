using EdgeFlora.Contracts.Blobs;

namespace EdgeFlora.Transport.Blobs;

/// <summary>
/// Answers questions for chunks in turn: one of each agent at a time, so many in all. The newest question about a body stands for all before it.
/// </summary>
internal sealed class SendingTurns(TransferLimits limits) : IDisposable
{
    private readonly Lock gate = new();
    private readonly SemaphoreSlim all = new(limits.AnsweredInAll);
    private readonly Dictionary<string, AgentTurns> agents = new(StringComparer.Ordinal);

    /// <summary>
    /// Waits for the agent's turn and answers. Returns at once if the question joins one that waits or is being answered, or if too many of this
    /// agent wait.
    /// </summary>
    /// <param name="answer">Gets the newest question about the body, and a function that says whether it still is.</param>
    public async Task RunAsync(string agentId, BlobWanted question, Func<BlobWanted, Func<bool>, Task> answer, CancellationToken stop)
    {
        if (Enter(agentId, question) is not { } turns)
        {
            return;
        }

        bool isOwn = false;
        bool isAnswered = false;
        try
        {
            await turns.Turn.WaitAsync(stop);
            isOwn = true;
            await all.WaitAsync(stop);
            try
            {
                BlobWanted newest;
                do
                {
                    newest = Newest(turns, question.Sha256);
                    await answer(newest, () => ReferenceEquals(newest, Newest(turns, question.Sha256)));
                }
                while (!Leave(agentId, turns, newest));
                isAnswered = true;
            }
            finally
            {
                all.Release();
            }
        }
        finally
        {
            if (!isAnswered)
            {
                Leave(agentId, turns, question.Sha256);
            }

            if (isOwn)
            {
                turns.Turn.Release();
            }
        }
    }

    public void Dispose() => all.Dispose();

    private AgentTurns? Enter(string agentId, BlobWanted question)
    {
        lock (gate)
        {
            if (!agents.TryGetValue(agentId, out AgentTurns? turns))
            {
                agents.Add(agentId, turns = new AgentTurns());
            }

            if (turns.Newest.ContainsKey(question.Sha256))
            {
                turns.Newest[question.Sha256] = question;
                return null;
            }

            return turns.Newest.Count <= limits.WaitingPerAgent && turns.Newest.TryAdd(question.Sha256, question) ? turns : null;
        }
    }

    private BlobWanted Newest(AgentTurns turns, string sha256)
    {
        lock (gate)
        {
            return turns.Newest[sha256];
        }
    }

    /// <summary>Ends with a question that was answered, unless a newer one has come.</summary>
    private bool Leave(string agentId, AgentTurns turns, BlobWanted answered)
    {
        lock (gate)
        {
            if (!ReferenceEquals(turns.Newest[answered.Sha256], answered))
            {
                return false;
            }

            Remove(agentId, turns, answered.Sha256);
            return true;
        }
    }

    private void Leave(string agentId, AgentTurns turns, string sha256)
    {
        lock (gate)
        {
            Remove(agentId, turns, sha256);
        }
    }

    private void Remove(string agentId, AgentTurns turns, string sha256)
    {
        turns.Newest.Remove(sha256);
        if (turns.Newest.Count == 0 && agents.TryGetValue(agentId, out AgentTurns? current) && current == turns)
        {
            agents.Remove(agentId);
        }
    }

    private sealed class AgentTurns
    {
        public SemaphoreSlim Turn { get; } = new(1);

        /// <summary>By body: what is being answered or waits.</summary>
        public Dictionary<string, BlobWanted> Newest { get; } = new(StringComparer.Ordinal);
    }
}

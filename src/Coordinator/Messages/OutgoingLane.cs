namespace EdgeFlora.Coordinator.Messages;

/// <summary>What waits to be sent to one receiver, oldest first, and whether somebody is at it.</summary>
/// <param name="most">Messages it holds.</param>
internal sealed class OutgoingLane(int most)
{
    private readonly Lock gate = new();
    private readonly LinkedList<Outgoing> waiting = [];
    private bool busy;

    public int Count
    {
        get
        {
            lock (gate)
            {
                return waiting.Count;
            }
        }
    }

    /// <summary>Takes a message in. Returns the oldest, which has to go for it, if the lane is full.</summary>
    public Outgoing? Add(Outgoing outgoing)
    {
        lock (gate)
        {
            waiting.AddLast(outgoing);
            if (waiting.Count <= most)
            {
                return null;
            }

            Outgoing oldest = waiting.First!.Value;
            waiting.RemoveFirst();
            return oldest;
        }
    }

    /// <summary>True: the caller is to send what waits, until <see cref="Peek"/> gives nothing.</summary>
    public bool TryBegin()
    {
        lock (gate)
        {
            if (busy || waiting.Count == 0)
            {
                return false;
            }

            busy = true;
            return true;
        }
    }

    /// <summary>The next message; null: there is none, and the caller's turn is over.</summary>
    public Outgoing? Peek()
    {
        lock (gate)
        {
            busy = waiting.Count > 0;
            return waiting.First?.Value;
        }
    }

    /// <summary>A message is out. False: it had to go meanwhile.</summary>
    public bool Remove(Outgoing outgoing)
    {
        lock (gate)
        {
            if (!ReferenceEquals(waiting.First?.Value, outgoing))
            {
                return false;
            }

            waiting.RemoveFirst();
            return true;
        }
    }
}

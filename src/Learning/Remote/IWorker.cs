namespace EdgeFlora.Learning.Remote;

/// <summary>A running worker, seen from outside: the seam at the process boundary.</summary>
public interface IWorker : IDisposable
{
    /// <summary>What the worker reads.</summary>
    Stream ToWorker { get; }

    /// <summary>What it writes.</summary>
    Stream FromWorker { get; }

    /// <summary>Ends it at once; its streams end with it. May be called from any thread, and again.</summary>
    void Kill();

    /// <summary>How it ended and what it said last, for people: <c>was killed by signal 9</c>. Waits a moment for its end.</summary>
    string Epitaph();
}

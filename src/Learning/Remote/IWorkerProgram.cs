namespace EdgeFlora.Learning.Remote;

/// <summary>What can be started as a worker.</summary>
public interface IWorkerProgram
{
    /// <param name="threads">Threads that native libraries are told to use from their start.</param>
    /// <exception cref="EngineLostException">It cannot be started.</exception>
    IWorker Start(int threads);
}

namespace EdgeFlora.Learning.Models;

/// <summary>An encoder that makes one vector of a sequence.</summary>
public interface IPoolingNetwork : INetwork
{
    /// <summary>From token vectors [tokens × hidden] to one vector a sequence, [sequences × hidden].</summary>
    T Pool<T>(IOperations<T> ops, T hidden, TokenBatch batch);
}

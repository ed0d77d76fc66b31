using System.Buffers;

namespace EdgeFlora.Adapters.Safetensors;

/// <summary>Elements of a mapped file as memory that keeps the mapping alive. Handed out for reading only: the pages cannot be written.</summary>
internal sealed unsafe class MappedMemory<T>(SafetensorsFile file, long offset, int count) : MemoryManager<T>
    where T : unmanaged
{
    public override Span<T> GetSpan() => new(file.At(offset), count);

    public override MemoryHandle Pin(int elementIndex = 0)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(elementIndex);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(elementIndex, count);
        return new MemoryHandle((T*)file.At(offset) + elementIndex, default, this);
    }

    public override void Unpin()
    {
    }

    protected override void Dispose(bool disposing)
    {
    }
}

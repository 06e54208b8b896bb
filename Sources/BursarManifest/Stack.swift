/// Items that become an array of their size, without a copy of any of them.
struct Stack<Item>: ~Copyable {
    private var items: UnsafeMutableBufferPointer<Item> = .allocate(capacity: 64)
    private(set) var count = 0

    deinit {
        items.prefix(count).deinitialize()
        items.deallocate()
    }

    subscript(index: Int) -> Item {
        _read {
            precondition(index < count, "only what was pushed is read")
            yield items[index]
        }
    }

    mutating func push(_ item: consuming Item) {
        if count == items.count {
            let larger = UnsafeMutableBufferPointer<Item>.allocate(capacity: count * 2)
            _ = larger.moveInitialize(fromContentsOf: items[..<count])
            items.deallocate()
            items = larger
        }
        items.initializeElement(at: count, to: item)
        count += 1
    }

    /// Those from `first` on.
    mutating func pop(to first: Int) -> [Item] {
        precondition(first <= count, "collections end in the order in which they begin, reversed")
        let size = count - first
        guard size > 0 else { return [] }
        defer { count = first }
        return Array(unsafeUninitializedCapacity: size) { buffer, filled in
            filled = buffer.moveInitialize(fromContentsOf: items[first..<count])
        }
    }
}

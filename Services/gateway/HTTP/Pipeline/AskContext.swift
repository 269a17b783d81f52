import Bus

/// What travels beside a question. Hummingbird has a type of the same name, hence the other one here.
package typealias AskContext = RequestContext
